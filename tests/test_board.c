/* test_board.c: the board's answer is the host's answer; and the machine under it: exact counts, traps, clear failures.
 *
 * `test_board` tests the machine, `test_board digests` every policy on several traces. Exits 77 (skipped) where QEMU or the firmware
 * is missing, and says which. A digest that differs is repeated by the command line that the message names. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board.h"
#include "board_process.h"
#include "conformance/conformance.h"
#include "conformance/workload.h"
#include "spec.h"
#include "trace_support.h"

#define SKIPPED 77
#define TIMEOUT_S 120

/* ---- digests ---- */

static const char *const corpus[] = {"sqlite3", "xmllint", "bc"};
#define CORPUS_COUNT (sizeof corpus / sizeof corpus[0])
#define TRACE_COUNT (CORPUS_COUNT + 1)

/* Everything that a trace can ask for and that real programs seldom do. */
static struct trace *odd_trace(void)
{
    static const uint64_t sizes[] = {0, 1, 7, 8, 4095, UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 53) - 1};
    struct trace *trace = support_random_trace(5, 12000, 200, 700);
    uint64_t id = UINT64_C(1) << 40;
    for (uint64_t i = 0; i < 2000; i++) {
        const struct trace_event made = {.op = i % 3 == 0 ? TRACE_CALLOC : TRACE_ALLOC, .id = ++id, .size = sizes[i % 8], .count = i % 3 == 0 && i % 8 < 7 ? 1 + i % 4 : 1,
                                         .align = i % 5 == 0 ? UINT64_C(1) << i % 40 : 0, .t = 20000 + i, .site = TRACE_NO_SITE,
                                         .failed = i % 7 == 3};
        ck_assert_int_eq(trace_append(trace, &made), 0);
        if (made.failed) {
            continue;
        }
        struct trace_event next = {.op = TRACE_REALLOC, .id = id, .size = i * 37 % 1500, .count = 1, .t = 20000 + i, .site = TRACE_NO_SITE,
                                   .failed = i % 11 == 5};
        ck_assert_int_eq(trace_append(trace, &next), 0);
        if (i % 2 == 0 && (next.size != 0 || next.failed)) {
            next = (struct trace_event){.op = TRACE_FREE, .id = id, .count = 1, .t = 20000 + i, .site = TRACE_NO_SITE};
            ck_assert_int_eq(trace_append(trace, &next), 0);
        }
    }
    const struct trace_event nothing = {.op = TRACE_FREE, .count = 1, .t = 30000, .site = TRACE_NO_SITE};
    ck_assert_int_eq(trace_append(trace, &nothing), 0);
    return trace;
}

static struct trace *get_trace(size_t index, char *name, size_t size)
{
    if (index == CORPUS_COUNT) {
        snprintf(name, size, "odd_trace() of test_board.c");
        return odd_trace();
    }
    struct trace_error error;
    snprintf(name, size, "%s/traces/corpus/%s.jsonl.gz", HEAPLAB_SOURCE_DIR, corpus[index]);
    struct trace *trace = trace_load(name, NULL, NULL, NULL, &error);
    ck_assert_msg(trace != NULL, "%s: %s", name, error.found);
    return trace;
}

static void expect_equal(const char *board, enum board_build build, const struct trace *trace, const struct board_trace *written,
                         const struct lane_options *options, const char *name)
{
    struct board_job job = {.board = board_find(board), .build = build, .options = options, .trace = written, .timeout_s = TIMEOUT_S};
    struct board_result there, here;
    const int error = board_run_here(trace, options, &here);
    const enum board_status status = board_run(&job, &there);
    if (error != HEAP_OK) {
        ck_assert_msg(status == BOARD_REFUSED, "%s: the host's heap refuses it, the board's does not", options->policy->name);
        return;
    }
    ck_assert_msg(status == BOARD_DONE, "%s", job.why);
    const char *difference = board_difference(&there, &here);
    ck_assert_msg(difference == NULL, "%s differs: digest %08" PRIx32 " there, %08" PRIx32 " here; repeat: heaplab board %s %s -p %s:align=%" PRIu32
                  " -s %" PRIu32, difference, there.digest, here.digest, board, name, options->policy->name, options->alignment, options->heap_bytes);
    ck_assert_str_eq(here.check, "OK");
    ck_assert_uint_eq(there.refused, 0);
    ck_assert_uint_eq(there.word_bits, 32);
}

/* Two words' sizes beside the host's 64, several heaps (the tight ones fail and skip), every alignment that the policy takes. */
static void compare_policy(const struct heap_policy *policy, const struct trace *trace, const struct board_trace *written, const char *name)
{
    const uint64_t all = trace_peak_payload(trace), peak = all < 1u << 20 ? all : 50000; /* the odd trace asks for terabytes */
    const uint32_t heaps[] = {spec_default_heap(peak), (uint32_t)(peak / 4 * 3) | 1u};
    uint32_t alignments[CONFORMANCE_ALIGNMENTS];
    const uint32_t ways = conformance_alignments(policy, alignments);
    for (uint32_t i = 0; i <= ways; i++) {
        const struct lane_options options = {.policy = policy, .heap_bytes = heaps[i == 0], .alignment = alignments[i == 0 ? 0 : i - 1]};
        expect_equal("mps2-an385", BOARD_ALL_POLICIES, trace, written, &options, name);
        if (board_firmware(board_find("host32"), "replay", (char[1024]){0}, 1024, (char[1024]){0}, 1024)) {
            expect_equal("host32", BOARD_ALL_POLICIES, trace, written, &options, name);
        }
    }
    const uint32_t plenty = policy->inspect->replica != NULL ? 1u << 20 : heaps[0]; /* pages, zones, tables: everything is served there */
    const struct lane_options direct = {.policy = policy, .heap_bytes = plenty, .alignment = alignments[0]};
    expect_equal("mps2-an385", BOARD_ONE_POLICY_O2, trace, written, &direct, name);
    expect_equal("mps2-an385", BOARD_ONE_POLICY_OS, trace, written, &direct, name);
}

START_TEST(a_trace_leaves_the_same_image_on_the_board_and_on_32_and_64_bits)
{
    char name[512], why[512];
    struct board_trace written;
    struct trace *trace = get_trace((size_t)_i, name, sizeof name);
    ck_assert_msg(board_trace_make(&written, trace, why, sizeof why), "%s", why);
    for (size_t i = 0; i < heap_policy_count; i++) {
        if ((heap_policies[i]->inspect->traits & HEAP_NO_IMAGE) == 0) {
            compare_policy(heap_policies[i], trace, &written, name);
        }
    }
    board_trace_remove(&written);
    trace_free(trace);
}
END_TEST

START_TEST(parameters_reach_the_board)
{
    char why[512];
    struct board_trace written;
    struct spec_list list = {0};
    struct trace *trace = support_random_trace(9, 3000, 60, 200);
    static const char pairs[] = "pool:block=208,pool:block=64,freertos_heap_2:version=9.0.0,freertos_heap_2,rtthread_smem:align=8,rtthread_smem,"
                                "buddy_system_allocator:order=15,buddy_system_allocator:order=12,rtthread_mempool:block=208:align=8,rtthread_mempool";
    ck_assert_msg(spec_parse(&list, pairs, why, sizeof why), "%s", why);
    ck_assert_msg(board_trace_make(&written, trace, why, sizeof why), "%s", why);
    struct board_result results[2];
    for (size_t i = 0; i < list.count; i++) {
        list.items[i].options.heap_bytes = 32768;
        expect_equal("mps2-an385", BOARD_ALL_POLICIES, trace, &written, &list.items[i].options, list.items[i].text);
        ck_assert_int_eq(board_run_here(trace, &list.items[i].options, &results[i % 2]), HEAP_OK);
        ck_assert_msg(i % 2 == 0 || results[0].digest != results[1].digest, "%s: the parameter does nothing", list.items[i - 1].text);
    }
    board_trace_remove(&written);
    trace_free(trace);
}
END_TEST

/* The platform's own malloc, where a policy wraps it: it links, runs, and serves; what its image is nobody can say. */
START_TEST(the_platforms_heap_runs_on_the_board)
{
    char why[512];
    struct board_trace written;
    struct trace *trace = support_random_trace(9, 3000, 60, 200);
    ck_assert_msg(board_trace_make(&written, trace, why, sizeof why), "%s", why);
    for (size_t i = 0; i < heap_policy_count; i++) {
        const struct lane_options options = {.policy = heap_policies[i], .heap_bytes = 1u << 20, .guarded = true};
        struct board_job job = {.board = board_find("mps2-an385"), .build = BOARD_ONE_POLICY_O2, .options = &options, .trace = &written, .timeout_s = TIMEOUT_S};
        struct board_result there;
        if ((heap_policies[i]->inspect->traits & HEAP_NO_IMAGE) == 0) {
            continue;
        }
        ck_assert_msg(board_run(&job, &there) == BOARD_DONE, "%s: %s", heap_policies[i]->name, job.why);
        ck_assert_uint_eq(there.events, trace_count(trace));
        ck_assert(there.refused == 0 && there.live_blocks > 0 && there.costs[BOARD_MALLOC].calls > 1000);
        ck_assert_uint_lt(there.failures, there.events / 10); /* alignments that it does not know */
    }
    board_trace_remove(&written);
    trace_free(trace);
}
END_TEST

/* ---- the machine ---- */

static char output[16384];

static enum board_status run_selftest(const char *what, struct board_job *job, int *exit_code)
{
    const char *const arguments[] = {what, NULL};
    *job = (struct board_job){.board = board_find("mps2-an385"), .timeout_s = TIMEOUT_S};
    return board_run_app(job, "selftest", arguments, output, sizeof output, exit_code);
}

START_TEST(instructions_are_counted_exactly)
{
    struct board_job job;
    int exit_code = -1;
    ck_assert_msg(run_selftest("count", &job, &exit_code) == BOARD_DONE, "%s", job.why);
    ck_assert_msg(exit_code == 0, "%s", output);
}
END_TEST

static const struct {
    const char *what, *said;
} faults[] = {{"unaligned", "unaligned access"}, {"bus", "data bus error"},      {"null", "data access refused"},
              {"undefined", "undefined instruction"}, {"divide", "division by zero"}, {"stack", "the stack has overflowed"}};

START_TEST(a_fault_is_reported_and_ends_the_run)
{
    struct board_job job;
    int exit_code = -1;
    ck_assert_int_eq(run_selftest(faults[_i].what, &job, &exit_code), BOARD_CRASHED);
    ck_assert_msg(strstr(job.why, faults[_i].said) != NULL, "%s: %s", faults[_i].what, job.why);
}
END_TEST

START_TEST(a_run_costs_the_same_instructions_every_time)
{
    char why[512];
    struct board_trace written;
    struct trace *trace = support_random_trace(3, 2000, 50, 300);
    const struct lane_options options = {.policy = heap_policy_find("best_fit"), .heap_bytes = 32768};
    ck_assert_msg(board_trace_make(&written, trace, why, sizeof why), "%s", why);
    struct board_job job = {.board = board_find("mps2-an385"), .build = BOARD_ONE_POLICY_O2, .options = &options, .trace = &written,
                            .timeout_s = TIMEOUT_S};
    struct board_result first, second;
    ck_assert_msg(board_run(&job, &first) == BOARD_DONE, "%s", job.why);
    ck_assert_msg(board_run(&job, &second) == BOARD_DONE, "%s", job.why);
    ck_assert(first.counted && first.costs[BOARD_MALLOC].calls > 500);
    for (size_t i = 0; i < BOARD_OPERATIONS; i++) {
        ck_assert_uint_eq(first.costs[i].sum, second.costs[i].sum);
        ck_assert_uint_eq(first.costs[i].max, second.costs[i].max);
        ck_assert(first.costs[i].p50 <= first.costs[i].p99 && first.costs[i].p99 <= first.costs[i].max);
    }
    board_trace_remove(&written);
    ck_assert_int_ne(access(written.directory, F_OK), 0);
    trace_free(trace);
}
END_TEST

/* The conformance tests on a board, and its workload's digests beside this machine's. */
static void conform(const char *board)
{
    static _Alignas(4096) uint8_t memory[4u << 20];
    static const char *const no_arguments[] = {NULL};
    struct board_job job = {.board = board_find(board), .timeout_s = TIMEOUT_S};
    int exit_code = -1, workloads = 0;
    ck_assert_msg(board_run_app(&job, "conformance", no_arguments, output, sizeof output, &exit_code) == BOARD_DONE, "%s", job.why);
    ck_assert_msg(exit_code == 0, "%s: %s", board, output);
    char *rest = NULL;
    for (char *line = strtok_r(output, "\r\n", &rest); line != NULL; line = strtok_r(NULL, "\r\n", &rest)) {
        char policy[64];
        uint32_t alignment = 0, bytes = 0, digest = 0;
        if (sscanf(line, "workload %63s %" SCNu32 " %" SCNu32 " %" SCNx32, policy, &alignment, &bytes, &digest) != 4) {
            continue;
        }
        ck_assert(bytes <= sizeof memory);
        const struct workload_result here = workload_run(heap_policy_find(policy), alignment, memory, bytes, 2463534242u, 20000);
        ck_assert_msg(here.digest == digest, "%s: %s; here %08" PRIx32, board, line, here.digest);
        workloads++;
    }
    for (size_t i = 0; i < heap_policy_count; i++) {
        uint32_t alignments[CONFORMANCE_ALIGNMENTS], heaps[WORKLOAD_HEAPS];
        const uint32_t ways = conformance_alignments(heap_policies[i], alignments);
        for (uint32_t way = 0; way < ways && (heap_policies[i]->inspect->traits & HEAP_NO_IMAGE) == 0; way++) {
            workloads -= (int)workload_heaps(heap_policies[i], alignments[way], memory, sizeof memory, heaps);
        }
    }
    ck_assert_int_eq(workloads, 0);
}

START_TEST(every_policy_conforms_on_the_board)
{
    char path[1024], why[1024];
    conform("mps2-an385");
    if (board_firmware(board_find("host32"), "conformance", path, sizeof path, why, sizeof why)) {
        conform("host32");
    }
}
END_TEST

/* ---- failures of the outside world: need neither QEMU nor firmware ---- */

START_TEST(a_missing_firmware_is_an_error_that_names_the_command)
{
    char path[256], why[1024];
    ck_assert_int_eq(setenv("HEAPLAB_FIRMWARE_DIR", "/nonexistent", 1), 0);
    ck_assert(!board_firmware(board_find("mps2-an385"), "replay", path, sizeof path, why, sizeof why));
    ck_assert(strstr(why, "HEAPLAB_FIRMWARE_DIR") != NULL && strstr(why, "/nonexistent/mps2-an385/bin/replay.elf") != NULL);
    ck_assert_int_eq(unsetenv("HEAPLAB_FIRMWARE_DIR"), 0);
    ck_assert(!board_firmware(board_find("mps2-an385"), "no-such-app", path, sizeof path, why, sizeof why));
    ck_assert(strstr(why, "./run build") != NULL);
}
END_TEST

START_TEST(a_heap_beyond_the_boards_memory_is_refused_with_its_size)
{
    const struct lane_options options = {.policy = heap_policies[0], .heap_bytes = 17u << 20};
    struct board_job job = {.board = board_find("mps2-an385"), .options = &options, .timeout_s = TIMEOUT_S};
    struct board_result result;
    ck_assert_int_eq(board_run(&job, &result), BOARD_REFUSED);
    ck_assert(strstr(job.why, "16777216") != NULL);
}
END_TEST

static enum board_process_end run_program(const char *const *argv, unsigned timeout_s, int *code)
{
    struct board_process process = {argv, "/", timeout_s, output, sizeof output, 0};
    const enum board_process_end end = board_process_run(&process);
    *code = process.code;
    return end;
}

START_TEST(a_program_ends_in_one_of_five_ways)
{
    const char *const nothing[] = {"/no/such/program", NULL}, *const three[] = {"sh", "-c", "echo out; echo err >&2; exit 3", NULL},
                      *const killed[] = {"sh", "-c", "kill -9 $$", NULL}, *const endless[] = {"sleep", "100", NULL},
                      *const interrupt[] = {"sh", "-c", "kill -INT $PPID; sleep 100", NULL};
    int code = 0;
    ck_assert_int_eq(run_program(nothing, 10, &code), BOARD_PROCESS_NOT_FOUND);
    ck_assert_int_eq(run_program(three, 10, &code), BOARD_PROCESS_EXITED);
    ck_assert_int_eq(code, 3);
    ck_assert_str_eq(output, "out\nerr\n");
    ck_assert_int_eq(run_program(killed, 10, &code), BOARD_PROCESS_KILLED);
    ck_assert_int_eq(code, 9);
    ck_assert_int_eq(run_program(endless, 1, &code), BOARD_PROCESS_TIMED_OUT);
    const sigset_t held = board_process_signals();
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &held, &before);
    ck_assert_int_eq(run_program(interrupt, 10, &code), BOARD_PROCESS_INTERRUPTED);
    ck_assert_int_eq(sigwaitinfo(&held, NULL), SIGINT);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
END_TEST

static Suite *outside_suite(void)
{
    Suite *suite = suite_create("board: outside");
    TCase *outside = tcase_create("outside");
    tcase_add_test(outside, a_missing_firmware_is_an_error_that_names_the_command);
    tcase_add_test(outside, a_heap_beyond_the_boards_memory_is_refused_with_its_size);
    tcase_add_test(outside, a_program_ends_in_one_of_five_ways);
    tcase_set_timeout(outside, 60);
    suite_add_tcase(suite, outside);
    return suite;
}

static Suite *machine_suite(void)
{
    Suite *suite = suite_create("board: machine");
    TCase *machine = tcase_create("machine");
    tcase_add_test(machine, instructions_are_counted_exactly);
    tcase_add_loop_test(machine, a_fault_is_reported_and_ends_the_run, 0, (int)(sizeof faults / sizeof faults[0]));
    tcase_add_test(machine, every_policy_conforms_on_the_board);
    tcase_add_test(machine, a_run_costs_the_same_instructions_every_time);
    tcase_set_timeout(machine, 240);
    suite_add_tcase(suite, machine);
    return suite;
}

static Suite *digest_suite(void)
{
    Suite *suite = suite_create("board: digests");
    TCase *digests = tcase_create("digests");
    tcase_add_loop_test(digests, a_trace_leaves_the_same_image_on_the_board_and_on_32_and_64_bits, 0, (int)TRACE_COUNT);
    tcase_add_test(digests, parameters_reach_the_board);
    tcase_add_test(digests, the_platforms_heap_runs_on_the_board);
    tcase_set_timeout(digests, 900);
    suite_add_tcase(suite, digests);
    return suite;
}

/* Why the boards cannot be tested here, or NULL. */
static const char *missing(void)
{
    static char why[1024];
    char path[1024];
    const char *const version[] = {"qemu-system-arm", "--version", NULL};
    int code = 0;
    if (run_program(version, 60, &code) == BOARD_PROCESS_NOT_FOUND) {
        return "qemu-system-arm is not installed";
    }
    return board_firmware(board_find("mps2-an385"), "replay", path, sizeof path, why, sizeof why) ? NULL : why;
}

int main(int argc, char **argv)
{
    const bool digests = argc == 2 && strcmp(argv[1], "digests") == 0;
    const char *why = missing();
    char path[1024], not_built[1024];
    if (why != NULL && digests) {
        printf("skipped: %s\n", why);
        return SKIPPED;
    }
    SRunner *runner = srunner_create(digests ? digest_suite() : outside_suite());
    if (!digests && why == NULL) {
        srunner_add_suite(runner, machine_suite());
    }
    if (digests && !board_firmware(board_find("host32"), "replay", path, sizeof path, not_built, sizeof not_built)) {
        printf("without 32-bit words on the host: %s\n", not_built);
    }
    if (!digests && why != NULL) {
        printf("without the machine's tests: %s\n", why);
    }
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
