/* bench.c: see bench.h and bench_internal.h: the groups, the rows, the turns. */
#include "bench_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const struct bench_group bench_groups[] = {
    {"json", "reading JSONL, every event checked for meaning, beside yajl and cJSON", false, bench_run_json},
    {"hlt", "reading the binary form, and how small it is", false, bench_run_hlt},
    {"stream", "the memory of a replay of a trace that streams by", false, bench_run_stream},
    {"replay", "running events on policies, with metrics and bare, beside glibc's malloc", false, bench_run_replay},
    {"seek", "jumping to any event of a long run", false, bench_run_seek},
    {"questions", "seconds until minheap and compare have answered", false, bench_run_questions},
    {"sweep", "many runs: points a second", false, bench_run_sweep},
    {"board", "instructions an operation on a Cortex-M3 under QEMU", true, bench_run_board},
};
const size_t bench_group_count = sizeof bench_groups / sizeof bench_groups[0];

/* ---- rows ---- */

double bench_ratio(const struct bench_row *row)
{
    return row->value / row->peer_value;
}

int bench_met(const struct bench_row *row)
{
    const double value = row->goal_kind == BENCH_RATIO_AT_MOST ? bench_ratio(row) : row->value;
    if (row->goal_kind == BENCH_NO_GOAL || isnan(value)) {
        return -1;
    }
    return row->goal_kind == BENCH_AT_LEAST ? value >= row->goal : value <= row->goal;
}

void bench_report_free(struct bench_report *report)
{
    free(report->rows);
    *report = (struct bench_report){0};
}

struct bench_row *bench_add(struct bench_report *report, const struct bench_group *group, const char *unit, const char *what, ...)
{
    static struct bench_row thrown_away;
    struct bench_row *row = &thrown_away;
    if (report->count == report->room) {
        struct bench_row *rows = realloc(report->rows, (report->room + 32) * sizeof *rows);
        report->rows = rows != NULL ? rows : report->rows;
        report->room += rows != NULL ? 32 : 0;
        report->out_of_memory = report->out_of_memory || rows == NULL;
    }
    if (report->count < report->room) {
        row = &report->rows[report->count++];
    }
    *row = (struct bench_row){.group = group->name, .value = NAN, .peer_value = NAN};
    snprintf(row->unit, sizeof row->unit, "%s", unit);
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(row->what, sizeof row->what, what, arguments);
    va_end(arguments);
    return row;
}

void bench_peer(struct bench_row *row, double value, const char *name, ...)
{
    va_list arguments;
    va_start(arguments, name);
    vsnprintf(row->peer, sizeof row->peer, name, arguments);
    va_end(arguments);
    row->peer_value = value;
}

void bench_note(struct bench_row *row, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(row->note, sizeof row->note, format, arguments);
    va_end(arguments);
}

void bench_tell(const struct bench_plan *plan, const char *format, ...)
{
    char text[160];
    if (plan->progress == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    plan->progress(plan->ctx, text);
}

/* ---- turns ---- */

static double clock_seconds(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double bench_seconds(void) { return clock_seconds(CLOCK_PROCESS_CPUTIME_ID); }
double bench_wall_seconds(void) { return clock_seconds(CLOCK_MONOTONIC); }

void bench_take_turns(const struct bench_plan *plan, const char *what, struct bench_turn *turns, size_t count)
{
    const double enough = plan->quick ? 0.001 : 0.05;
    for (size_t i = 0; i < count; i++) {
        turns[i].best = INFINITY;
    }
    for (uint32_t round = 0; round < plan->rounds; round++) {
        bench_tell(plan, "%s: round %u of %u", what, (unsigned)(round + 1), (unsigned)plan->rounds);
        for (size_t i = 0; i < count; i++) {
            double took = 0, seconds = 0;
            while (seconds < enough && !isnan(turns[i].best)) {
                took = turns[i].pass(turns[i].ctx);
                turns[i].best = isnan(took) ? NAN : fmin(turns[i].best, took);
                seconds += fmax(took, 1e-9);
            }
        }
    }
}
