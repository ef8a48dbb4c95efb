/* test_sweep.c: plans, points, the results file and its resumption, shards and merging: what docs/SWEEP.md promises. */
#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "run.h"
#include "sweep_merge.h"
#include "sweep_record.h"
#include "sweep_run.h"
#include "trace_support.h"

static char folder[64];

/* ---- files ---- */

static const char *in_folder(const char *name)
{
    static char paths[8][256];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, 256, "%s/%s", folder, name);
    return path;
}

static const char *write_bytes(const char *name, const void *bytes, size_t count)
{
    const char *path = in_folder(name);
    FILE *to = fopen(path, "w");
    ck_assert_ptr_nonnull(to);
    ck_assert_uint_eq(fwrite(bytes, 1, count, to), count);
    ck_assert_int_eq(fclose(to), 0);
    return path;
}

static const char *write_text(const char *name, const char *text)
{
    return write_bytes(name, text, strlen(text));
}

static char *read_bytes(const char *path, size_t *count)
{
    FILE *from = fopen(path, "r");
    char *bytes = NULL;
    size_t room = 0;
    ck_assert_ptr_nonnull(from);
    const ssize_t got = getdelim(&bytes, &room, EOF & 0xFF, from); /* no byte 0xFF in JSON */
    fclose(from);
    *count = got < 0 ? 0 : (size_t)got;
    return bytes;
}

static void write_trace(const char *name, uint64_t seed, uint32_t events)
{
    struct trace_error error;
    enum trace_encoding encoding = TRACE_JSON;
    bool gzip = false;
    struct trace *trace = support_random_trace(seed, events, 40, 2000);
    ck_assert(trace_encoding_of_name(name, &encoding, &gzip));
    struct trace_writer *writer = trace_writer_open(in_folder(name), encoding, gzip, trace_header_of(trace), &error);
    ck_assert_ptr_nonnull(writer);
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        ck_assert_int_eq(trace_writer_put(writer, &event), 0);
    }
    ck_assert_int_eq(trace_writer_close(writer, &error), 0);
    trace_free(trace);
}

static void set_up(void)
{
    strcpy(folder, "/tmp/heaplab-sweep-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_trace("a.jsonl", 1, 400);
    write_trace("b.jsonl", 2, 300);
    write_trace("c.jsonl.gz", 3, 200);
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* ---- plans ---- */

static const char whole_plan[] =
    "{\"traces\": [\"?.jsonl\", \"b.jsonl\", \"c.jsonl.gz\"], \"sizes\": [\"64K\", 65536, \"1.25x\", \"min\", {\"from\": 1024, \"to\": \"4K\", "
        "\"steps\": 3}],\n"
    " \"parameters\": {\"*\": {\"align\": [4, \"8\"], \"checks\": [\"none\"]}, \"tlsf\": {\"sl\": [8, 16], \"align\": [16]}},\n"
    " \"policies\": [\"first_fit\", \"tlsf\", \"talc\"], \"metrics\": [\"failures\", \"external_fragmentation\"], \"min_heap\": true, "
        "\"safe_heap\": false,\n"
    " \"lenient\": false, \"arena_base\": \"0x20001000\"}";

START_TEST(plan_takes_every_member)
{
    struct sweep_plan plan = {0};
    struct sweep_error error = {0};
    static const char *const policies[] = {"first_fit:align=4:checks=none", "first_fit:align=8:checks=none", "tlsf:sl=8:align=16:checks=none",
                                           "tlsf:sl=16:align=16:checks=none", "talc:checks=none"};
    static const char *const sizes[] = {"65536", "1.25x", "min", "1024", "2048", "4096"};
    ck_assert_msg(sweep_plan_read(&plan, write_text("plan.json", whole_plan), &error), "%s", error.text);
    ck_assert_uint_eq(plan.trace_count, 3);
    ck_assert_str_eq(plan.traces[0].path, "a.jsonl");
    ck_assert_str_eq(plan.traces[1].path, "b.jsonl");
    ck_assert_str_eq(plan.traces[2].path, "c.jsonl.gz");
    ck_assert_str_eq(plan.traces[2].file, in_folder("c.jsonl.gz"));
    ck_assert_uint_eq(plan.spec_count, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_str_eq(plan.specs[i].text, policies[i]);
        ck_assert_uint_eq(plan.specs[i].options.arena_base, 0x20001000);
    }
    ck_assert_uint_eq(plan.size_count, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_str_eq(plan.sizes[i].text, sizes[i]);
    }
    ck_assert_uint_eq(plan.metric_count, 2);
    ck_assert_uint_eq(plan.metrics[1], score_find("external_fragmentation_max"));
    ck_assert(plan.min_heap && !plan.safe_heap && !plan.lenient);
    sweep_plan_free(&plan);
}
END_TEST

START_TEST(plan_without_sizes_takes_the_default_heap)
{
    struct sweep_plan plan = {0};
    struct sweep_error error = {0};
    ck_assert(sweep_plan_read(&plan, write_text("plan.json", "{\"traces\":[\"a.jsonl\"],\"policies\":[\"all\"]}"), &error));
    ck_assert_uint_eq(plan.spec_count, heap_policy_count);
    ck_assert_uint_eq(plan.size_count, 1);
    ck_assert_uint_eq(sweep_size_resolve(&plan.sizes[0], 10000), spec_default_heap(10000));
    sweep_plan_free(&plan);
}
END_TEST

/* A plan, and what its message must say. %T stands for a good list of traces, %P for one of policies. */
static const struct { const char *text, *says; } bad_plans[] = {
    {"", "plan.json:1:1"},
    {"[]", "plan.json:1:1: the plan: found an array, expected an object"},
    {"{%T, %P, \"size\": [1]}", "unknown member: found \"size\", expected traces, policies"},
    {"{%T,\n %P, %P}", "plan.json:2:24: member given twice: found \"policies\""},
    {"{%T, %P} x", "bytes behind the end"},
    {"{%T, %P", "the file ends early"},
    {"{%P}", "no traces given"},
    {"{%T}", "no policies given"},
    {"{\"traces\": \"a.jsonl\", %P}", "traces: found \"a.jsonl\", expected an array of paths"},
    {"{\"traces\": [], %P}", "traces: found an empty array, expected an array of paths"},
    {"{\"traces\": [1], %P}", "traces: found 1, expected the path of a trace"},
    {"{\"traces\": [\"no*.jsonl\"], %P}", "no*.jsonl: no file fits"},
    {"{%T, \"policies\": [\"tslf\"]}", "policies: unknown policy 'tslf': expected"},
    {"{%T, \"policies\": [\"tlsf:ls=8\"]}", "unknown parameter ls=8: expected one of"},
    {"{%T, \"policies\": [null]}", "policies: found null, expected a policy"},
    {"{%T, %P, \"parameters\": []}", "parameters: found an array, expected an object"},
    {"{%T, %P, \"parameters\": {\"tslf\": {}}}", "parameters: found \"tslf\", expected a policy's name"},
    {"{%T, %P, \"parameters\": {\"tlsf\": {\"ls\": [8]}}}", "parameters.tlsf.ls: found \"ls\", expected one of its parameters: sl"},
    {"{%T, %P, \"parameters\": {\"tlsf\": {\"sl\": 8}}}", "parameters.tlsf.sl: found 8, expected an array of values"},
    {"{%T, %P, \"parameters\": {\"tlsf\": {\"sl\": [true]}}}", "parameters.tlsf.sl: found true, expected a parameter's value"},
    {"{%T, %P, \"parameters\": {\"tlsf\": {\"sl\": [7]}}}", "tlsf: sl=7: expected"},
    {"{%T, %P, \"parameters\": {\"tlsf\": {\"sl\": [8], \"sl\": [16]}}}", "each parameter once"},
    {"{%T, %P, \"parameters\": {\"buddy\": {\"align\": [8]}}}", "parameters.buddy.align: none of the policies takes it"},
    {"{%T, %P, \"parameters\": {\"*\": {\"nothing\": [8]}}}", "parameters.*.nothing: none of the policies takes it"},
    {"{%T, \"policies\": [\"tlsf:sl=8\"], \"parameters\": {\"tlsf\": {\"sl\": [16]}}}",
     "sl is set in \"policies\" (tlsf:sl=8) and in \"parameters\""},
    {"{%T, %P, \"sizes\": [\"64Q\"]}", "sizes: found \"64Q\", expected 64K"},
    {"{%T, %P, \"sizes\": [-1]}", "sizes: found -1, expected 64K"},
    {"{%T, %P, \"sizes\": [\"3G\"]}", "sizes: found \"3G\""},
    {"{%T, %P, \"sizes\": [\"0x\"]}", "sizes: found \"0x\""},
    {"{%T, %P, \"sizes\": [{\"from\": 8, \"to\": \"2x\", \"steps\": 3}]}", "{\"from\": SIZE"},
    {"{%T, %P, \"sizes\": [{\"from\": 8, \"to\": 64}]}", "{\"from\": SIZE"},
    {"{%T, %P, \"sizes\": [{\"from\": 8, \"to\": 64, \"steps\": 1}]}", "sizes: found 1, expected {\"from\": SIZE"},
    {"{%T, %P, \"metrics\": [\"fragmentation\"]}", "metrics: no metric is called 'fragmentation'; expected one of internal_fragmentation"},
    {"{%T, %P, \"min_heap\": 1}", "min_heap: found 1, expected true or false"},
    {"{%T, %P, \"arena_base\": 0}", "arena_base: found 0, expected a 32-bit address"},
};

START_TEST(bad_plans_are_refused_with_what_was_found_and_expected)
{
    char text[1024];
    size_t used = 0;
    for (const char *from = bad_plans[_i].text; *from != '\0'; from++) {
        const bool mark = from[0] == '%' && (from[1] == 'T' || from[1] == 'P');
        const char *piece = from[1] == 'T' ? "\"traces\": [\"a.jsonl\"]" : "\"policies\": [\"tlsf\"]";
        used += (size_t)(mark ? snprintf(text + used, sizeof text - used, "%s", piece) : snprintf(text + used, sizeof text - used, "%c", *from));
        from += mark;
    }
    text[used] = '\0';
    struct sweep_plan plan = {0};
    struct sweep_error error = {0};
    ck_assert_msg(!sweep_plan_read(&plan, write_text("plan.json", text), &error), "%s was taken", text);
    ck_assert_int_eq(error.exit_code, SWEEP_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "plan.json") != NULL && strstr(error.text, bad_plans[_i].says) != NULL, "%s\n  says: %s\n  expected: %s", text,
                  error.text,
                  bad_plans[_i].says);
    sweep_plan_free(&plan);
}
END_TEST

START_TEST(sizes_of_the_peak_round_up_to_8_bytes)
{
    struct sweep_size size;
    ck_assert(sweep_size_parse("1.25x", &size));
    ck_assert_uint_eq(sweep_size_resolve(&size, 1000), 1256);
    ck_assert_uint_eq(sweep_size_resolve(&size, 0), 8);
    ck_assert_uint_eq(sweep_size_resolve(&size, UINT64_C(1) << 31), UINT64_MAX);
    ck_assert(sweep_size_parse("1.2500x", &size));
    ck_assert_str_eq(size.text, "1.25x");
    ck_assert(sweep_size_parse("min", &size));
    ck_assert_uint_eq(sweep_size_resolve(&size, 1000), 0);
    ck_assert(!sweep_size_parse("1.2.5x", &size) && !sweep_size_parse("x", &size) && !sweep_size_parse("", &size) && !sweep_size_parse("7", &size));
    ck_assert(!sweep_size_parse("-1x", &size) && !sweep_size_parse("1e3x", &size) && !sweep_size_parse("infx", &size));
}
END_TEST

/* ---- a sweep to work with ---- */

struct fixture {
    struct sweep_plan plan;
    struct sweep sweep;
};

static void open_fixture(struct fixture *fixture, const char *plan, const struct sweep_options *options)
{
    struct sweep_error error = {0};
    struct sweep_options own = options != NULL ? *options : (struct sweep_options){0};
    own.program = "test";
    *fixture = (struct fixture){0};
    ck_assert_msg(sweep_plan_read(&fixture->plan, write_text("plan.json", plan), &error), "%s", error.text);
    ck_assert_msg(sweep_open(&fixture->sweep, &fixture->plan, &own, &error), "%s", error.text);
}

static void close_fixture(struct fixture *fixture)
{
    sweep_close(&fixture->sweep);
    sweep_plan_free(&fixture->plan);
}

/* Runs a plan into a file; the file's bytes. */
static char *run_into(const char *name, const char *plan, const struct sweep_options *options, size_t *count)
{
    struct fixture fixture;
    struct sweep_log log;
    struct sweep_error error = {0};
    open_fixture(&fixture, plan, options);
    ck_assert_msg(sweep_log_open(&log, in_folder(name), &fixture.sweep.points, SWEEP_LOG_RESUME, &error), "%s", error.text);
    ck_assert_msg(sweep_run(&fixture.sweep, &log, &error) && sweep_log_finish(&log, &error), "%s", error.text);
    sweep_log_close(&log);
    close_fixture(&fixture);
    return read_bytes(in_folder(name), count);
}

static const char small_plan[] = "{\"traces\": [\"a.jsonl\", \"b.jsonl\", \"c.jsonl.gz\"], \"policies\": [\"first_fit\", \"tlsf\", "
    "\"freertos_heap_4\"], \"sizes\": [\"1.1x\", \"8K\", 16]}";
static const char search_plan[] = "{\"traces\": [\"a.jsonl\", \"b.jsonl\"], \"policies\": [\"best_fit\", \"pool\"], \"sizes\": [\"min\", \"1.5x\", "
    "\"2x\"], \"min_heap\": true}";

/* ---- points ---- */

START_TEST(a_trace_has_one_hash_in_every_encoding)
{
    uint64_t hashes[4];
    static const char *const names[] = {"same.json", "same.jsonl", "same.jsonl.gz", "same.hlt"};
    for (size_t i = 0; i < 4; i++) {
        struct trace_error error;
        write_trace(names[i], 7, 500);
        struct trace *trace = trace_load(in_folder(names[i]), NULL, NULL, NULL, &error);
        ck_assert_ptr_nonnull(trace);
        hashes[i] = sweep_hash_trace(trace);
        trace_free(trace);
        ck_assert_uint_eq(hashes[i], hashes[0]);
    }
    write_trace("other.jsonl", 8, 500);
    struct trace_error error;
    struct trace *trace = trace_load(in_folder("other.jsonl"), NULL, NULL, NULL, &error);
    ck_assert_uint_ne(sweep_hash_trace(trace), hashes[0]);
    trace_free(trace);
}
END_TEST

START_TEST(every_property_of_an_event_counts_in_the_hash)
{
    uint64_t hashes[9];
    for (int change = 0; change < 9; change++) {
        struct trace_event event = trace_event_make(change == 1 ? TRACE_CALLOC : TRACE_ALLOC, change == 2 ? 2 : 1, change == 3 ? 65 : 64);
        struct trace_header *header = trace_header_new("x", NULL, NULL, "ms", 32);
        trace_header_add_thread(header, "one");
        trace_header_add_thread(header, "two");
        struct trace *trace = trace_new_like(header);
        event.align = change == 4 ? 64 : 0;
        event.failed = change == 5;
        event.wait = change == 6 ? 5 : 0;
        event.thread = change == 7;
        event.t = change == 8 ? 9 : 0;
        ck_assert_int_eq(trace_append(trace, &event), 0);
        hashes[change] = sweep_hash_trace(trace);
        trace_free(trace);
        trace_header_free(header);
        for (int other = 0; other < change; other++) {
            ck_assert_msg(hashes[other] != hashes[change], "changes %d and %d give one hash", other, change);
        }
    }
}
END_TEST

START_TEST(keys_do_not_depend_on_names_and_order)
{
    struct fixture one, two;
    write_trace("renamed.json", 1, 400); /* a.jsonl's content */
    open_fixture(&one, "{\"traces\": [\"a.jsonl\", \"b.jsonl\"], \"policies\": [\"tlsf\", \"buddy\"], \"sizes\": [\"8K\", \"min\"]}", NULL);
    open_fixture(&two, "{\"traces\": [\"b.jsonl\", \"renamed.json\"], \"policies\": [\"buddy\", \"tlsf\"], \"sizes\": [\"min\", 8192]}", NULL);
    ck_assert_uint_eq(one.sweep.points.count, 8);
    for (size_t i = 0; i < one.sweep.points.count; i++) {
        const struct sweep_point *point = &one.sweep.points.items[i];
        const size_t there = sweep_point_find(&two.sweep.points, point->key);
        ck_assert_uint_ne(there, SWEEP_NO_POINT);
        ck_assert_uint_eq(two.sweep.points.items[there].heap_bytes, point->heap_bytes);
    }
    ck_assert_uint_eq(sweep_point_find(&one.sweep.points, 12345), SWEEP_NO_POINT);
    close_fixture(&one);
    close_fixture(&two);
}
END_TEST

START_TEST(the_same_content_twice_is_one_point)
{
    struct fixture fixture;
    write_trace("copy.jsonl", 1, 400);
    open_fixture(&fixture, "{\"traces\": [\"a.jsonl\", \"copy.jsonl\"], \"policies\": [\"tlsf\"], \"sizes\": [\"8K\", 8192]}", NULL);
    ck_assert_uint_eq(fixture.sweep.points.count, 1);
    close_fixture(&fixture);
}
END_TEST

START_TEST(options_change_keys)
{
    struct fixture plain, other;
    static const char *const extra[] = {"\"min_heap\": true", "\"safe_heap\": true", "\"lenient\": true", "\"arena_base\": 4096"};
    char text[256];
    open_fixture(&plain, "{\"traces\": [\"a.jsonl\"], \"policies\": [\"tlsf\"], \"sizes\": [\"8K\"]}", NULL);
    snprintf(text, sizeof text, "{\"traces\": [\"a.jsonl\"], \"policies\": [\"tlsf\"], \"sizes\": [\"8K\"], %s}", extra[_i]);
    open_fixture(&other, text, NULL);
    ck_assert_uint_ne(plain.sweep.points.items[0].key, other.sweep.points.items[0].key);
    close_fixture(&plain);
    close_fixture(&other);
}
END_TEST

START_TEST(a_head_line_gives_the_points_again)
{
    struct fixture fixture;
    struct sweep_points again;
    struct sweep_error error = {0};
    open_fixture(&fixture, search_plan, NULL);
    char *line = sweep_points_header(&fixture.sweep.points);
    ck_assert_msg(sweep_points_of_header(&again, line, "x", &error), "%s", error.text);
    char *second = sweep_points_header(&again);
    ck_assert_str_eq(line, second);
    for (size_t i = 0; i < again.count; i++) {
        ck_assert_uint_eq(again.items[i].key, fixture.sweep.points.items[i].key);
    }
    sweep_points_free(&again);
    free(second);
    line[strlen(line) / 2] ^= 1;
    ck_assert(!sweep_points_of_header(&again, line, "x", &error));
    ck_assert_int_eq(error.exit_code, SWEEP_BAD_INPUT);
    sweep_points_free(&again);
    free(line);
    close_fixture(&fixture);
}
END_TEST

START_TEST(shards_share_the_points_without_rest)
{
    struct fixture fixture;
    const bool searches = _i == 1;
    open_fixture(&fixture, searches ? search_plan : small_plan, NULL);
    const struct sweep_points *points = &fixture.sweep.points;
    ck_assert(sweep_searches(points) == searches);
    for (uint32_t shards = 1; shards <= 9; shards++) {
        for (size_t i = 0; i < points->count; i++) {
            uint32_t in = 0;
            for (uint32_t shard = 1; shard <= shards; shard++) {
                const bool mine = sweep_point_in_shard(points, i, shard, shards);
                in += mine;
                for (size_t j = 0; j < i && searches; j++) { /* whoever looks for a smallest heap has all that needs it */
                    const bool together = points->items[j].trace == points->items[i].trace && points->items[j].policy == points->items[i].policy;
                    ck_assert(!together || sweep_point_in_shard(points, j, shard, shards) == mine);
                }
            }
            ck_assert_uint_eq(in, 1);
        }
    }
    close_fixture(&fixture);
}
END_TEST

/* ---- results ---- */

START_TEST(results_do_not_depend_on_threads_memory_or_shards)
{
    size_t count = 0, other_count = 0;
    const char *plan = _i == 0 ? small_plan : search_plan;
    char *expected = run_into("expected.jsonl", plan, NULL, &count);
    const struct sweep_options variants[] = {{.threads = 1}, {.threads = 7}, {.budget_bytes = 1}, {.budget_bytes = 12000, .threads = 2}};
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        char name[32];
        snprintf(name, sizeof name, "variant%zu.jsonl", i);
        char *bytes = run_into(name, plan, &variants[i], &other_count);
        ck_assert_uint_eq(other_count, count);
        ck_assert_mem_eq(bytes, expected, count);
        free(bytes);
    }
    for (uint32_t shard = 1; shard <= 3; shard++) { /* one after the other into one file */
        free(run_into("grown.jsonl", plan, &(struct sweep_options){.shard = shard, .shards = 3}, &other_count));
    }
    char *grown = read_bytes(in_folder("grown.jsonl"), &other_count);
    ck_assert_uint_eq(other_count, count);
    ck_assert_mem_eq(grown, expected, count);
    free(grown);
    free(expected);
}
END_TEST

START_TEST(records_hold_the_scores_of_the_run)
{
    struct fixture fixture;
    struct sweep_error error = {0};
    struct sweep_log log;
    open_fixture(&fixture, search_plan, NULL);
    ck_assert(sweep_log_open(&log, in_folder("r.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
    ck_assert(sweep_run(&fixture.sweep, &log, &error));
    for (size_t i = 0; i < fixture.sweep.points.count; i++) {
        const struct sweep_point *point = &fixture.sweep.points.items[i];
        const struct trace *trace = fixture.sweep.traces[point->trace];
        struct lane_options options = fixture.plan.specs[point->policy].options;
        struct search_result search;
        double expected[SCORES_ROOM], found[SCORES_ROOM];
        char why[128];
        int refused = 0;
        char *line = sweep_results_line(&log.results, i);
        ck_assert(sweep_line_is_sound(line, strlen(line)));
        ck_assert(sweep_record_read(line, found, why, sizeof why));
        ck_assert(search_min_heap(trace, &options, NULL, NULL, &search));
        options.heap_bytes = point->heap_bytes == 0 ? (uint32_t)search.arena_bytes : point->heap_bytes;
        if (point->heap_bytes == 0 && !search.found) {
            ck_assert_str_eq(why, "no heap serves this trace");
            ck_assert(isnan(found[score_find("heap_bytes")]) && isnan(found[score_find("failures")]) && isnan(found[score_find("min_heap_bytes")]));
        } else {
            struct lane *lane = run_trace(trace, &options, NULL, &refused);
            ck_assert_ptr_nonnull(lane);
            scores_of(expected, lane, trace_peak_payload(trace), &search);
            for (size_t score = 0; score < score_count; score++) {
                const double value = score_round(score, expected[score]);
                ck_assert_msg((isnan(value) && isnan(found[score])) || value == found[score], "%s: %s: %g, expected %g", line, scores[score].name,
                              found[score], value);
            }
            char digest[64];
            snprintf(digest, sizeof digest, "\"digest\":\"%08" PRIx32 "\"", lane_digest(lane));
            ck_assert_ptr_nonnull(strstr(line, digest));
            ck_assert_str_eq(why, "");
            lane_close(lane);
        }
        free(line);
    }
    sweep_log_close(&log);
    close_fixture(&fixture);
}
END_TEST

START_TEST(a_refused_heap_is_a_result)
{
    size_t count = 0;
    char *bytes = run_into("r.jsonl", "{\"traces\": [\"a.jsonl\"], \"policies\": [\"tlsf\"], \"sizes\": [16]}", NULL, &count);
    const char *record = strchr(bytes, '\n') + 1;
    ck_assert_msg(strstr(record, "\"error\":\"") != NULL && strstr(record, "\"heap_bytes\":16,") != NULL && strstr(record,
            "\"failures\":null") != NULL &&
                      strstr(record, "\"digest\":null") != NULL, "%s", record);
    free(bytes);
}
END_TEST

/* ---- the file after a kill ---- */

/* The number of whole lines behind the first. */
static size_t whole_records(const char *bytes, size_t count)
{
    size_t lines = 0;
    for (size_t i = 0; i < count; i++) {
        lines += bytes[i] == '\n';
    }
    return lines == 0 ? 0 : lines - 1;
}

START_TEST(a_file_cut_anywhere_goes_on)
{
    size_t count = 0;
    struct fixture fixture;
    struct sweep_error error = {0};
    char *whole = run_into("whole.jsonl", small_plan, NULL, &count);
    open_fixture(&fixture, small_plan, NULL);
    for (size_t cut = 0; cut <= count; cut += cut % 1000 < 30 || count - cut < 30 ? 1 : 53) {
        struct sweep_log log;
        const char *path = write_bytes("cut.jsonl", whole, cut);
        ck_assert_msg(sweep_log_open(&log, path, &fixture.sweep.points, SWEEP_LOG_RESUME, &error), "cut at %zu: %s", cut, error.text);
        ck_assert_uint_eq(log.results.done, whole_records(whole, cut));
        if (cut % 200 < 3) { /* these to the end */
            ck_assert(sweep_run(&fixture.sweep, &log, &error) && sweep_log_finish(&log, &error));
            size_t again_count = 0;
            char *again = read_bytes(path, &again_count);
            ck_assert_uint_eq(again_count, count);
            ck_assert_mem_eq(again, whole, count);
            free(again);
        }
        sweep_log_close(&log);
    }
    close_fixture(&fixture);
    free(whole);
}
END_TEST

START_TEST(a_damaged_line_is_named_and_repaired_and_a_damaged_last_one_is_redone)
{
    size_t count = 0, lines = 1;
    struct fixture fixture;
    struct sweep_error error = {0};
    char *whole = run_into("whole.jsonl", small_plan, NULL, &count);
    open_fixture(&fixture, small_plan, NULL);
    const size_t last_line = whole_records(whole, count) + 1;
    for (size_t at = 0; at < count; at += 211) {
        struct sweep_log log;
        char place[64];
        lines = 1 + (at == 0 ? 0 : whole_records(whole, at) + (memchr(whole, '\n', at) != NULL));
        if (whole[at] == '\n') {
            continue;
        }
        whole[at] ^= 4;
        const char *path = write_bytes("damaged.jsonl", whole, count);
        const bool opened = sweep_log_open(&log, path, &fixture.sweep.points, SWEEP_LOG_RESUME, &error);
        snprintf(place, sizeof place, "damaged.jsonl:%zu:", lines);
        if (lines == last_line) {
            ck_assert_msg(opened, "%s", error.text);
            ck_assert_uint_eq(log.results.done, fixture.sweep.points.count - 1);
        } else {
            ck_assert_msg(!opened && error.exit_code == SWEEP_BAD_INPUT && strstr(error.text, place) != NULL, "byte %zu: %s expected %s", at,
                          error.text, place);
            size_t after_count = 0;
            char *after = read_bytes(path, &after_count); /* what is refused is not touched */
            ck_assert_uint_eq(after_count, count);
            ck_assert_mem_eq(after, whole, count);
            free(after);
        }
        whole[at] ^= 4;
        sweep_log_close(&log);
        if (lines != 1 && lines != last_line) {
            ck_assert_msg(sweep_log_open(&log, path, &fixture.sweep.points, SWEEP_LOG_REPAIR, &error), "%s", error.text);
            ck_assert_uint_eq(log.damaged_lines, 1);
            ck_assert(sweep_run(&fixture.sweep, &log, &error) && sweep_log_finish(&log, &error));
            size_t again_count = 0;
            char *again = read_bytes(path, &again_count);
            ck_assert_uint_eq(again_count, count);
            ck_assert_mem_eq(again, whole, count);
            free(again);
            sweep_log_close(&log);
        }
    }
    close_fixture(&fixture);
    free(whole);
}
END_TEST

START_TEST(other_files_are_refused_and_left_alone)
{
    static const char *const others[] = {"hello\n", "no newline", "{\"format\":\"heaplab-trace\",\"version\":1}\n", "\n"};
    size_t count = 0;
    struct fixture fixture;
    struct sweep_log log;
    struct sweep_error error = {0};
    open_fixture(&fixture, small_plan, NULL);
    for (size_t i = 0; i < 4; i++) {
        const char *path = write_text("other", others[i]);
        ck_assert(!sweep_log_open(&log, path, &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
        sweep_log_close(&log);
        ck_assert_int_eq(error.exit_code, SWEEP_BAD_INPUT);
        char *after = read_bytes(path, &count);
        ck_assert_uint_eq(count, strlen(others[i]));
        ck_assert_mem_eq(after, others[i], count);
        free(after);
    }
    free(run_into("search.jsonl", search_plan, NULL, &count));
    ck_assert(!sweep_log_open(&log, in_folder("search.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
    sweep_log_close(&log);
    ck_assert_msg(strstr(error.text, "another sweep's results: min_heap: found true, expected false") != NULL, "%s", error.text);
    ck_assert(sweep_log_open(&log, in_folder("search.jsonl"), &fixture.sweep.points, SWEEP_LOG_ANEW, &error));
    ck_assert_uint_eq(log.results.done, 0);
    sweep_log_close(&log);
    close_fixture(&fixture);
}
END_TEST

START_TEST(two_sweeps_do_not_write_one_file)
{
    struct fixture fixture;
    struct sweep_log one, two;
    struct sweep_error error = {0};
    open_fixture(&fixture, small_plan, NULL);
    ck_assert(sweep_log_open(&one, in_folder("r.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
    ck_assert(!sweep_log_open(&two, in_folder("r.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
    ck_assert_msg(error.exit_code == SWEEP_RESOURCES && strstr(error.text, "another sweep") != NULL, "%s", error.text);
    sweep_log_close(&two);
    ck_assert(sweep_run(&fixture.sweep, &one, &error) && sweep_log_finish(&one, &error)); /* now another file has the name */
    ck_assert(!sweep_log_open(&two, in_folder("r.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
    sweep_log_close(&two);
    sweep_log_close(&one);
    ck_assert(sweep_log_open(&two, in_folder("r.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
    sweep_log_close(&two);
    close_fixture(&fixture);
}
END_TEST

START_TEST(a_full_disk_leaves_whole_lines)
{
    size_t count = 0, part = 0;
    char *whole = run_into("whole.jsonl", small_plan, NULL, &count);
    for (rlim_t limit = 2000; limit < count; limit += 4001) {
        struct fixture fixture;
        struct sweep_log log;
        struct sweep_error error = {0};
        const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY}, some = {limit, RLIM_INFINITY};
        (void)signal(SIGXFSZ, SIG_IGN);
        unlink(in_folder("full.jsonl"));
        open_fixture(&fixture, small_plan, NULL);
        ck_assert(sweep_log_open(&log, in_folder("full.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &some), 0);
        const bool ran = sweep_run(&fixture.sweep, &log, &error);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
        ck_assert(!ran);
        ck_assert_int_eq(error.exit_code, SWEEP_RESOURCES);
        ck_assert(!sweep_log_finish(&log, &error));
        sweep_log_close(&log);
        char *bytes = read_bytes(in_folder("full.jsonl"), &part);
        ck_assert(part != 0 && part <= limit && bytes[part - 1] == '\n');
        free(bytes);
        close_fixture(&fixture);
        bytes = run_into("full.jsonl", small_plan, NULL, &part);
        ck_assert_uint_eq(part, count);
        ck_assert_mem_eq(bytes, whole, count);
        free(bytes);
    }
    free(whole);
}
END_TEST

/* ---- merging ---- */

START_TEST(shards_merge_into_the_unsharded_bytes)
{
    const char *plan = _i == 0 ? small_plan : search_plan;
    size_t count = 0, part = 0;
    char *paths[6], *merged = NULL, *whole = run_into("whole.jsonl", plan, NULL, &count);
    for (uint32_t shard = 1; shard <= 5; shard++) {
        char name[32];
        snprintf(name, sizeof name, "shard%" PRIu32, shard);
        free(run_into(name, plan, &(struct sweep_options){.shard = shard, .shards = 5}, &part));
        paths[5 - shard] = strdup(in_folder(name)); /* in any order */
    }
    paths[5] = strdup(in_folder("shard2")); /* a copy does no harm */
    struct sweep_merge merge;
    struct sweep_error error = {0};
    char missing[512];
    ck_assert_msg(sweep_merge_open(&merge, paths, 6, &error), "%s", error.text);
    sweep_merge_missing(&merge.results, missing, sizeof missing);
    ck_assert_str_eq(missing, "");
    FILE *to = open_memstream(&merged, &part);
    ck_assert(sweep_results_write(&merge.results, to));
    fclose(to);
    ck_assert_uint_eq(part, count);
    ck_assert_mem_eq(merged, whole, count);
    sweep_merge_close(&merge);
    for (size_t i = 0; i < 6; i++) {
        free(paths[i]);
    }
    free(merged);
    free(whole);
}
END_TEST

START_TEST(merging_names_what_is_missing_and_what_differs)
{
    size_t count = 0;
    struct sweep_merge merge;
    struct sweep_error error = {0};
    char missing[512], *bytes = run_into("one.jsonl", small_plan, NULL, &count);
    char *last = bytes + count - 1;
    while (last[-1] != '\n') {
        last--;
    }
    char *paths[2] = {strdup(write_bytes("short.jsonl", bytes, (size_t)(last - bytes))), strdup(in_folder("other.jsonl"))};
    ck_assert_msg(sweep_merge_open(&merge, paths, 1, &error), "%s", error.text);
    sweep_merge_missing(&merge.results, missing, sizeof missing);
    ck_assert_str_eq(missing, "1 of 27 points are missing: c.jsonl.gz freertos_heap_4 16");
    sweep_merge_close(&merge);

    char *seal = strstr(last, ",\"crc\":"), *head_end = strchr(bytes, '\n') + 1; /* the last record, with another trace's word and a good checksum */
    *seal = '\0';
    *strstr(last, "c.jsonl") = 'x';
    char *changed = sweep_line_seal(strdup(last)), *text = NULL;
    ck_assert_int_ge(asprintf(&text, "%.*s%s", (int)(head_end - bytes), bytes, changed), 0);
    write_text("other.jsonl", text);
    free(paths[0]);
    paths[0] = strdup(in_folder("one.jsonl"));
    ck_assert(!sweep_merge_open(&merge, paths, 2, &error));
    ck_assert_int_eq(error.exit_code, SWEEP_DIFFERS);
    ck_assert_msg(strstr(error.text, "one.jsonl:28: {") != NULL && strstr(error.text, "other.jsonl:2: {") != NULL, "%s", error.text);
    sweep_merge_close(&merge);

    free(run_into("search.jsonl", search_plan, NULL, &count));
    free(paths[1]);
    paths[1] = strdup(in_folder("search.jsonl"));
    ck_assert(!sweep_merge_open(&merge, paths, 2, &error));
    ck_assert_msg(error.exit_code == SWEEP_BAD_INPUT && strstr(error.text, "another sweep's results") != NULL, "%s", error.text);
    sweep_merge_close(&merge);
    free(paths[0]);
    free(paths[1]);
    free(changed);
    free(text);
    free(bytes);
}
END_TEST

/* ---- progress ---- */

static void count_tick(void *ctx, const struct sweep_progress *progress)
{
    size_t *ticks = ctx;
    ck_assert_uint_le(progress->done, progress->all);
    *ticks += progress->trace != NULL;
}

START_TEST(progress_counts_this_runs_points_and_a_stop_ends_it)
{
    struct fixture fixture;
    struct sweep_log log;
    struct sweep_error error = {0};
    size_t ticks = 0;
    open_fixture(&fixture, small_plan, &(struct sweep_options){.tick = count_tick, .ctx = &ticks, .threads = 1});
    ck_assert(sweep_log_open(&log, in_folder("r.jsonl"), &fixture.sweep.points, SWEEP_LOG_RESUME, &error));
    ck_assert_uint_eq(sweep_count(&fixture.sweep, &log), 27);
    atomic_store(&fixture.sweep.stop, true);
    ck_assert(sweep_run(&fixture.sweep, &log, &error));
    ck_assert_uint_eq(log.results.done, 0);
    atomic_store(&fixture.sweep.stop, false);
    ck_assert(sweep_run(&fixture.sweep, &log, &error));
    ck_assert_uint_eq(sweep_count(&fixture.sweep, &log), 0);
    sweep_log_close(&log);
    close_fixture(&fixture);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep");
    TCase *tests = tcase_create("sweep");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, plan_takes_every_member);
    tcase_add_test(tests, plan_without_sizes_takes_the_default_heap);
    tcase_add_loop_test(tests, bad_plans_are_refused_with_what_was_found_and_expected, 0, (int)(sizeof bad_plans / sizeof bad_plans[0]));
    tcase_add_test(tests, sizes_of_the_peak_round_up_to_8_bytes);
    tcase_add_test(tests, a_trace_has_one_hash_in_every_encoding);
    tcase_add_test(tests, every_property_of_an_event_counts_in_the_hash);
    tcase_add_test(tests, keys_do_not_depend_on_names_and_order);
    tcase_add_test(tests, the_same_content_twice_is_one_point);
    tcase_add_loop_test(tests, options_change_keys, 0, 4);
    tcase_add_test(tests, a_head_line_gives_the_points_again);
    tcase_add_loop_test(tests, shards_share_the_points_without_rest, 0, 2);
    tcase_add_loop_test(tests, results_do_not_depend_on_threads_memory_or_shards, 0, 2);
    tcase_add_test(tests, records_hold_the_scores_of_the_run);
    tcase_add_test(tests, a_refused_heap_is_a_result);
    tcase_add_test(tests, a_file_cut_anywhere_goes_on);
    tcase_add_test(tests, a_damaged_line_is_named_and_repaired_and_a_damaged_last_one_is_redone);
    tcase_add_test(tests, other_files_are_refused_and_left_alone);
    tcase_add_test(tests, two_sweeps_do_not_write_one_file);
    tcase_add_test(tests, a_full_disk_leaves_whole_lines);
    tcase_add_loop_test(tests, shards_merge_into_the_unsharded_bytes, 0, 2);
    tcase_add_test(tests, merging_names_what_is_missing_and_what_differs);
    tcase_add_test(tests, progress_counts_this_runs_points_and_a_stop_ends_it);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
