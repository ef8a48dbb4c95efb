/* The benchmark: its runs are what they say they are, and the command tells every figure. */
#include <unistd.h>

#include "benchmark.h"
#include "benchmark_trace.h"
#include "viz_fixture.h"

static bool equal(const struct trace *a, const struct trace *b)
{
    bool same = trace_count(a) == trace_count(b);
    for (uint64_t i = 0; i < trace_count(a) && same; i++) {
        struct trace_event x, y;
        trace_get(a, i, &x);
        trace_get(b, i, &y);
        same = x.op == y.op && x.id == y.id && x.size == y.size;
    }
    return same;
}

START_TEST(a_run_keeps_as_many_blocks_alive_as_it_says)
{
    const struct benchmark_load load = {5000, 700, 8, 80};
    struct trace *trace = benchmark_trace(&load), *again = benchmark_trace(&load);
    ck_assert(trace && again && equal(trace, again));
    ck_assert_uint_eq(trace_count(trace), load.events);
    uint32_t live = 0;
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        live += event.op == TRACE_ALLOC ? 1u : UINT32_MAX;
        ck_assert(event.op != TRACE_ALLOC || (event.size >= load.least && event.size <= load.most));
        ck_assert(i + 1 < load.live || live == load.live || live == load.live - 1);
    }
    trace_free(trace);
    trace_free(again);
}
END_TEST

START_TEST(a_run_is_read_back_from_both_encodings)
{
    static const char *const suffixes[] = {".jsonl", ".hlt"};
    struct trace *trace = benchmark_trace(&(struct benchmark_load){3000, 200, 16, 600});
    for (int i = 0; i < 2; i++) {
        char path[64];
        struct trace_error error;
        snprintf(path, sizeof path, "/tmp/viz_benchmark_%d%s", (int)getpid(), suffixes[i]);
        ck_assert(benchmark_trace_write(trace, path));
        struct trace *read = trace_load(path, NULL, NULL, NULL, &error);
        ck_assert(read && equal(trace, read));
        trace_free(read);
        remove(path);
    }
    ck_assert(!benchmark_trace_write(trace, "/tmp/name.without"));
    trace_free(trace);
}
END_TEST

/* A trial: small runs, few pictures, no display. Every figure is there, and none is nothing. */
START_TEST(the_command_tells_every_figure)
{
    char path[64], text[65536] = "", why[240];
    struct view_options options;
    char *argv[] = {"heaplab-view", "--benchmark", "--benchmark-events", "2000", "--json"};
    ck_assert(view_options_parse(&options, 5, argv, why, sizeof why));
    ck_assert(options.benchmark && options.json && options.benchmark_events == 2000);
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("SDL_VIDEODRIVER");
    snprintf(path, sizeof path, "/tmp/viz_benchmark_%d.out", (int)getpid());
    fflush(stdout);
    ck_assert_ptr_nonnull(freopen(path, "w", stdout));
    ck_assert_int_eq(benchmark_run_inside(&options), 0);
    fflush(stdout);
    FILE *file = fopen(path, "r");
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    remove(path);
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "\"per_second\":")); at++) {
        ck_assert_double_gt(strtod(at + strlen("\"per_second\":"), NULL), 0);
        lines++;
    }
    ck_assert_int_eq(lines, 8);
    static const char *const wanted[] = {"\"what\":\"play\"", "\"what\":\"seek\"", "\"what\":\"scrub\"", "\"heap_bytes\":67108864", "\"p99_ms\":",
                                         "\"memory_bytes\":", "\"renderer\":\"none (image)\""};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        ck_assert_msg(strstr(text, wanted[i]) != NULL, "%s is not told", wanted[i]);
    }
}
END_TEST

START_TEST(its_options_are_checked)
{
    static char *const bad[] = {"999", "100000001", "ten", ""};
    char why[240];
    struct view_options options;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *argv[] = {"heaplab-view", "--benchmark", "--benchmark-events", bad[i]};
        ck_assert(!view_options_parse(&options, 4, argv, why, sizeof why));
        ck_assert_ptr_nonnull(strstr(why, "--benchmark-events"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_benchmark");
    TCase *cases = tcase_create("benchmark");
    tcase_add_test(cases, a_run_keeps_as_many_blocks_alive_as_it_says);
    tcase_add_test(cases, a_run_is_read_back_from_both_encodings);
    tcase_add_test(cases, the_command_tells_every_figure);
    tcase_add_test(cases, its_options_are_checked);
    tcase_set_timeout(cases, 250);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
