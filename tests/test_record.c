/* test_record.c: the recorder on little programs (tests/record_programs) whose calls are known, read back by the strict reader; and the
 * log reader on logs made by hand. */
#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "record_blocks.h"
#include "record_reader.h"
#include "trace.h"

#define RECORDERS HEAPLAB_BUILD_DIR "/lib/heaplab"
#define PROGRAMS HEAPLAB_BUILD_DIR "/tests/record_programs"
#define BLOCKS 10000U /* of ends.c */

static char dir[] = "/tmp/heaplab-test-record-XXXXXX";
static char output[128];
static struct record_result result;
static struct record_error error;

static void set_up(void)
{
    strcpy(strrchr(dir, '-'), "-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(output, sizeof output, "%s/t.jsonl.gz", dir);
}

static void tear_down(void)
{
    glob_t found;
    char pattern[160];
    snprintf(pattern, sizeof pattern, "%s/*", dir);
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            unlink(found.gl_pathv[i]);
        }
        globfree(&found);
    }
    record_result_free(&result);
    ck_assert_int_eq(rmdir(dir), 0); /* no logs are left behind */
}

static bool have_bits(unsigned bits)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%u/libheaplab_record.so", RECORDERS, bits);
    if (access(path, R_OK) == 0) {
        return true;
    }
    fprintf(stderr, "test_record: skipped for %u-bit programs: their recorder is not built\n", bits);
    return false;
}

static const char *program(unsigned bits, const char *name)
{
    static char path[4][512];
    static unsigned next;
    char *here = path[next++ % 4];
    snprintf(here, sizeof path[0], "%s/%u/%s", PROGRAMS, bits, name);
    return here;
}

static int run_limited(const char *const *argv, uint64_t events)
{
    struct record_options options = {.output = output, .argv = (char *const *)(uintptr_t)argv, .recorder_dir = RECORDERS, .events = events};
    return record_run(&options, &result, &error);
}

static void run(const char *const *argv)
{
    int code = run_limited(argv, 0);
    ck_assert_msg(code == 0, "%s", error.text);
}

static struct trace *load(const char *path)
{
    struct trace_error why;
    char text[600] = "";
    struct trace *trace = trace_load(path, NULL, NULL, NULL, &why);
    if (trace == NULL) {
        trace_error_format(&why, text, sizeof text);
    }
    ck_assert_msg(trace != NULL, "%s", text);
    return trace;
}

/* ---- what is recorded ---- */

struct expected { uint8_t op; uint64_t size, count, align; bool failed; };

static void check_calls(unsigned bits)
{
    const uint64_t size_max = bits == 32 ? UINT32_MAX : UINT64_MAX, huge = size_max / 2 > TRACE_ID_MAX ? TRACE_ID_MAX : size_max / 2 + 1;
    const uint64_t overflow = size_max > TRACE_ID_MAX ? TRACE_ID_MAX : size_max;
    const struct expected expected[] = {
        {TRACE_ALLOC, 100, 1, 0, false},     {TRACE_CALLOC, 7, 10, 0, false},    {TRACE_REALLOC, 300, 1, 0, false},
        {TRACE_REALLOC, 600, 1, 0, false},   {TRACE_ALLOC, 50, 1, 64, false},    {TRACE_ALLOC, 200, 1, 128, false},
        {TRACE_ALLOC, 512, 1, 256, false},   {TRACE_ALLOC, 10, 1, 4096, false},  {TRACE_ALLOC, 4096, 1, 4096, false},
        {TRACE_ALLOC, huge, 1, 0, true},     {TRACE_CALLOC, 4, huge, 0, true},   {TRACE_REALLOC, huge, 1, 0, true},
        {TRACE_REALLOC, overflow, 1, 0, true}, {TRACE_REALLOC, 0, 1, 0, false},  {TRACE_ALLOC, 40, 1, 0, false},
        {TRACE_ALLOC, 0, 1, 0, false},       {TRACE_FREE, 0, 1, 0, false},       {TRACE_FREE, 0, 1, 0, false},
        {TRACE_FREE, 0, 1, 0, false},        {TRACE_FREE, 0, 1, 0, false},       {TRACE_FREE, 0, 1, 0, false},
        {TRACE_FREE, 0, 1, 0, false},        {TRACE_FREE, 0, 1, 0, false},       {TRACE_FREE, 0, 1, 0, false}};
    if (!have_bits(bits)) {
        return;
    }
    run((const char *[]){program(bits, "calls"), NULL});
    ck_assert_int_eq(result.wait_status, 0);
    struct trace *trace = load(output);
    ck_assert_uint_eq(trace_header_of(trace)->word_bits, bits);
    ck_assert_uint_eq(trace_count(trace), sizeof expected / sizeof expected[0]);
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        ck_assert_msg(event.op == expected[i].op && event.size == expected[i].size && event.count == expected[i].count &&
                          event.align == expected[i].align && event.failed == expected[i].failed,
                      "event %llu: op %u size %llu count %llu align %llu failed %d", (unsigned long long)i, event.op,
                      (unsigned long long)event.size, (unsigned long long)event.count, (unsigned long long)event.align, event.failed);
    }
    ck_assert_uint_eq(result.traces[0].left_blocks, 0);
    trace_free(trace);
}

START_TEST(every_function_is_recorded_with_sizes_alignments_and_failures) { check_calls(64); }
END_TEST

START_TEST(a_32_bit_program_is_recorded_alike) { check_calls(32); }
END_TEST

START_TEST(sites_are_named_by_file_line_and_function)
{
    struct trace_event event;
    run((const char *[]){program(64, "calls"), NULL});
    struct trace *trace = load(output);
    trace_get(trace, 0, &event);
    ck_assert_uint_ne(event.site, TRACE_NO_SITE);
    const char *site = trace_header_of(trace)->sites[event.site];
    ck_assert_msg(strstr(site, "named_function") != NULL, "%s", site);
    if (system("command -v addr2line > /dev/null") == 0) {
        ck_assert_msg(strncmp(site, "calls.c:", 8) == 0, "%s", site);
    }
    trace_free(trace);
}
END_TEST

START_TEST(threads_that_free_each_others_blocks_give_a_strict_trace)
{
    run((const char *[]){program(64, "churn"), "8", "20000", NULL});
    struct trace *trace = load(output);
    uint64_t allocations = 0;
    ck_assert_uint_eq(trace_header_of(trace)->thread_count, 17);
    ck_assert_str_eq(trace_header_of(trace)->threads[0].name, "main");
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        allocations += event.op == TRACE_ALLOC && event.size >= 16 && event.size < 1024;
    }
    ck_assert_uint_ge(allocations, 160000);
    ck_assert_uint_le(result.traces[0].left_blocks, 16); /* nothing but what the thread library keeps */
    ck_assert_ptr_null(strstr(trace_header_of(trace)->note, "left out"));
    ck_assert_ptr_null(strstr(trace_header_of(trace)->note, "put in"));
    trace_free(trace);
}
END_TEST

START_TEST(the_recorder_allocates_nothing)
{
    run((const char *[]){program(64, "ends"), "clean", NULL});
    ck_assert_int_eq(result.wait_status, 0);
}
END_TEST

/* ---- ends ---- */

static void check_end(const char *mode, int wait_status)
{
    run((const char *[]){program(64, "ends"), mode, NULL});
    ck_assert_int_eq(result.wait_status & ~0x80, wait_status); /* less the flag of a core dump */
    struct trace *trace = load(output);
    ck_assert_uint_eq(trace_count(trace), BLOCKS);
    trace_free(trace);
}

START_TEST(nothing_is_lost_at_return) { check_end("return", 0); }
END_TEST
START_TEST(nothing_is_lost_at_underscore_exit) { check_end("_exit", 3 << 8); }
END_TEST
START_TEST(nothing_is_lost_at_abort) { check_end("abort", SIGABRT); }
END_TEST
START_TEST(nothing_is_lost_at_kill) { check_end("kill", SIGKILL); }
END_TEST

START_TEST(a_program_that_closes_every_descriptor_is_recorded_on)
{
    run((const char *[]){program(64, "ends"), "closed", NULL});
    ck_assert_uint_eq(result.traces[0].events, 2 * BLOCKS);
}
END_TEST

START_TEST(a_forked_child_has_a_trace_of_its_own)
{
    char name[160];
    run((const char *[]){program(64, "ends"), "fork", NULL});
    ck_assert_uint_eq(result.trace_count, 2);
    ck_assert_str_eq(result.traces[0].path, output);
    ck_assert_uint_eq(result.traces[0].events, BLOCKS);
    snprintf(name, sizeof name, "%s/t.%ld.jsonl.gz", dir, (long)result.traces[1].pid);
    ck_assert_str_eq(result.traces[1].path, name);
    ck_assert_uint_eq(result.traces[1].events, 7);
    struct trace *trace = load(name);
    ck_assert_ptr_nonnull(strstr(trace_header_of(trace)->note, "left out: 5 frees"));
    trace_free(trace);
}
END_TEST

START_TEST(a_program_that_clears_its_environment_is_recorded_on)
{
    run((const char *[]){program(64, "ends"), "cleared", NULL});
    ck_assert_uint_eq(result.trace_count, 2);
    ck_assert_uint_eq(result.traces[0].events, 20 + BLOCKS);
    ck_assert_uint_eq(result.traces[1].events, 7);
}
END_TEST

START_TEST(a_fork_while_another_thread_starts_the_log_does_not_hang)
{
    run((const char *[]){program(64, "ends"), "starts", NULL});
    ck_assert_int_eq(result.wait_status, 0);
    ck_assert_uint_eq(result.trace_count, 401);
}
END_TEST

static void check_exec(unsigned from, unsigned to)
{
    char name[160];
    if (!have_bits(from) || !have_bits(to)) {
        return;
    }
    run((const char *[]){program(from, "ends"), "exec", program(to, "calls"), NULL});
    ck_assert_int_eq(result.wait_status, 0);
    ck_assert_uint_eq(result.trace_count, 2);
    ck_assert_str_eq(result.traces[0].program, "calls");
    ck_assert_uint_eq(result.traces[0].word_bits, to);
    ck_assert_uint_eq(result.traces[0].events, 24);
    snprintf(name, sizeof name, "%s/t.%ld-0.jsonl.gz", dir, (long)result.traces[0].pid);
    ck_assert_str_eq(result.traces[1].path, name);
    ck_assert_uint_eq(result.traces[1].events, BLOCKS);
}

START_TEST(exec_keeps_both_programs_apart) { check_exec(64, 64); }
END_TEST
START_TEST(exec_of_a_32_bit_program_is_followed) { check_exec(64, 32); }
END_TEST
START_TEST(exec_of_a_64_bit_program_is_followed) { check_exec(32, 64); }
END_TEST

START_TEST(a_limit_of_events_cuts_exactly)
{
    ck_assert_int_eq(run_limited((const char *[]){program(64, "ends"), "return", NULL}, 77), 0);
    struct trace *trace = load(output);
    ck_assert_uint_eq(trace_count(trace), 77);
    ck_assert_ptr_nonnull(strstr(trace_header_of(trace)->note, "stopped after 77 events"));
    ck_assert(result.traces[0].stopped);
    trace_free(trace);
}
END_TEST

/* ---- refusals ---- */

static void refuses(const char *name, int code, const char *says)
{
    ck_assert_int_eq(run_limited((const char *[]){name, NULL}, 0), code);
    ck_assert_msg(strstr(error.text, says) != NULL, "%s", error.text);
}

START_TEST(what_cannot_be_recorded_is_refused)
{
    char script[160];
    refuses("heaplab-no-such-program", RECORD_E_PROGRAM, "no such program in PATH");
    refuses("/nowhere/program", RECORD_E_PROGRAM, "No such file");
    refuses(HEAPLAB_SOURCE_DIR "/README.md", RECORD_E_PROGRAM, "");
    snprintf(script, sizeof script, "%s/script", dir);
    FILE *file = fopen(script, "w");
    ck_assert_ptr_nonnull(file);
    fputs("#!/nowhere/interpreter\n", file);
    ck_assert_int_eq(fchmod(fileno(file), 0755), 0);
    fclose(file);
    refuses(script, RECORD_E_PROGRAM, "interpreter /nowhere/interpreter is not there");
    snprintf(output, sizeof output, "%s/t.trace", dir);
    refuses("true", RECORD_E_OUTPUT, "must end in .jsonl.gz");
    snprintf(output, sizeof output, "%s/none/t.json", dir);
    refuses("true", RECORD_E_OUTPUT, "No such file");
}
END_TEST

/* ---- logs made by hand ---- */

static struct record_log *hand_made(const unsigned char *bytes, size_t size)
{
    char path[160];
    snprintf(path, sizeof path, "%s/hand.log", dir);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    return record_log_open(path, &error);
}

static void add_chunk(unsigned char *bytes, unsigned index, uint32_t thread, uint64_t base, const uint32_t *tickets, unsigned count)
{
    unsigned char *at = bytes + RECORD_CHUNKS_OFFSET + index * RECORD_WINDOW_BYTES;
    struct record_chunk chunk = {.magic = RECORD_CHUNK_MAGIC, .bytes = RECORD_WINDOW_BYTES, .thread = thread, .base_ticket = base};
    memcpy(at, &chunk, sizeof chunk);
    for (unsigned i = 0; i < count; i++) {
        struct record_entry entry = {.what = (uint64_t)RECORD_FREE << 56 | (base + tickets[i]), .ticket = tickets[i]};
        memcpy(at + sizeof chunk + i * sizeof entry, &entry, sizeof entry);
    }
}

START_TEST(entries_are_merged_by_ticket_and_repeats_dropped)
{
    const size_t size = RECORD_CHUNKS_OFFSET + 3 * RECORD_WINDOW_BYTES;
    unsigned char *bytes = calloc(1, size);
    ck_assert_ptr_nonnull(bytes);
    struct record_log_header header = {.magic = RECORD_MAGIC};
    memcpy(bytes, &header, sizeof header);
    add_chunk(bytes, 0, 0, 1, (const uint32_t[]){0, 2, 4}, 3);   /* a window that was copied and not yet used again */
    add_chunk(bytes, 1, 1, 2, (const uint32_t[]){0, 2, 10}, 3);  /* 2 4 12 */
    add_chunk(bytes, 2, 0, 1, (const uint32_t[]){0, 2, 4, 8}, 4); /* 1 3 5 9 */
    static const uint64_t expected[] = {1, 2, 3, 4, 5, 9, 12};
    struct record_log *log = hand_made(bytes, size);
    ck_assert_ptr_nonnull(log);
    struct record_call call;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
            ck_assert(record_log_next(log, &call));
            ck_assert_uint_eq(call.ptr, expected[i]);
        }
        ck_assert(!record_log_next(log, &call));
        record_log_rewind(log);
    }
    record_log_close(log);
    for (size_t cut = 0; cut < size; cut += 4093) { /* a log that ends anywhere is read as far as it goes */
        log = hand_made(bytes, cut);
        unsigned calls = 0;
        while (log != NULL && record_log_next(log, &call)) {
            calls++;
        }
        ck_assert_uint_le(calls, 7);
        record_log_close(log);
    }
    free(bytes);
}
END_TEST

START_TEST(blocks_agree_with_a_plain_array)
{
    enum { ADDRESSES = 4096 };
    static bool live[ADDRESSES];
    struct record_blocks blocks = {0};
    uint32_t seed = 1;
    for (unsigned i = 0; i < 200000; i++) {
        seed = seed * 1664525U + 1013904223U;
        uint32_t n = (seed >> 8) % ADDRESSES;
        struct record_block block = {.ptr = 16 + 16 * (uint64_t)n, .id = n};
        if (live[n] || (seed & 1) != 0) {
            ck_assert_int_eq(record_blocks_take(&blocks, block.ptr, &block), live[n]);
            ck_assert_uint_eq(block.id, n);
            live[n] = false;
        } else {
            ck_assert(record_blocks_put(&blocks, block));
            live[n] = true;
        }
    }
    record_blocks_free(&blocks);
}
END_TEST

static Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *calls = tcase_create("calls");
    tcase_add_checked_fixture(calls, set_up, tear_down);
    tcase_set_timeout(calls, 60);
    tcase_add_test(calls, every_function_is_recorded_with_sizes_alignments_and_failures);
    tcase_add_test(calls, a_32_bit_program_is_recorded_alike);
    tcase_add_test(calls, sites_are_named_by_file_line_and_function);
    tcase_add_test(calls, threads_that_free_each_others_blocks_give_a_strict_trace);
    tcase_add_test(calls, the_recorder_allocates_nothing);
    tcase_add_test(calls, nothing_is_lost_at_return);
    tcase_add_test(calls, nothing_is_lost_at_underscore_exit);
    tcase_add_test(calls, nothing_is_lost_at_abort);
    tcase_add_test(calls, nothing_is_lost_at_kill);
    tcase_add_test(calls, a_program_that_closes_every_descriptor_is_recorded_on);
    tcase_add_test(calls, a_forked_child_has_a_trace_of_its_own);
    tcase_add_test(calls, a_program_that_clears_its_environment_is_recorded_on);
    tcase_add_test(calls, a_fork_while_another_thread_starts_the_log_does_not_hang);
    tcase_add_test(calls, exec_keeps_both_programs_apart);
    tcase_add_test(calls, exec_of_a_32_bit_program_is_followed);
    tcase_add_test(calls, exec_of_a_64_bit_program_is_followed);
    tcase_add_test(calls, a_limit_of_events_cuts_exactly);
    tcase_add_test(calls, what_cannot_be_recorded_is_refused);
    suite_add_tcase(suite, calls);
    TCase *logs = tcase_create("logs");
    tcase_add_checked_fixture(logs, set_up, tear_down);
    tcase_add_test(logs, entries_are_merged_by_ticket_and_repeats_dropped);
    tcase_add_test(logs, blocks_agree_with_a_plain_array);
    suite_add_tcase(suite, logs);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(record_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
