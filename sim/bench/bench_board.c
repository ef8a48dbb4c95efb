/* bench_board.c: instructions an operation on a Cortex-M3 under QEMU: exact, every call counted, the same on every machine. The peer is
 * the replica of what many have today, FreeRTOS's heap_4, over the same calls (it is our code of it, with its checks). */
#include "bench_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

enum { EVENTS = 20000, QUICK_EVENTS = 1000, TIMEOUT_S = 600 };

static const char board_name[] = "mps2-an385", peer_name[] = "freertos_heap_4";

/* False, and `why`: no firmware, no QEMU, the policy refuses. */
static bool run_policy(const struct bench_plan *plan, const struct spec *spec, const struct bench_subject *subject, const struct board_trace *written,
                       struct board_result *result, char *why, size_t why_size)
{
    struct lane_options options = spec->options;
    struct board_job job = {.board = board_find(board_name), .build = BOARD_ONE_POLICY_O2, .options = &options, .trace = written,
                            .timeout_s = TIMEOUT_S};
    options.heap_bytes = plan->heap_bytes != 0 ? plan->heap_bytes : 2 * spec_default_heap(trace_peak_payload(subject->trace));
    options.guarded = true;
    const enum board_status status = board_run(&job, result);
    snprintf(why, why_size, "%s", status != BOARD_DONE ? job.why : "the emulator did not count");
    return status == BOARD_DONE && result->counted;
}

static double mean_of(const struct board_cost *cost)
{
    return cost->calls == 0 ? NAN : (double)cost->sum / (double)cost->calls;
}

static void add_rows(const struct bench_group *group, struct bench_report *report, const struct spec *spec, const struct board_result *result,
                     const struct board_result *peer)
{
    static const char *const operations[BOARD_OPERATIONS] = {"malloc", "free", "realloc"};
    for (size_t i = 0; i < BOARD_OPERATIONS; i++) {
        const struct board_cost *cost = &result->costs[i], *others = peer == NULL ? NULL : &peer->costs[i];
        if (cost->calls == 0) {
            continue;
        }
        struct bench_row *row = bench_add(report, group, "instructions", "%s, %s, mean", spec->text, operations[i]);
        row->value = mean_of(cost);
        bench_peer(row, others == NULL ? NAN : mean_of(others), "%s", peer_name);
        if (result->failures != 0) {
            bench_note(row, "%" PRIu64 " requests failed", result->failures);
        }
        row = bench_add(report, group, "instructions", "%s, %s, most", spec->text, operations[i]);
        row->value = (double)cost->max;
        bench_peer(row, others == NULL || others->calls == 0 ? NAN : (double)others->max, "%s", peer_name);
    }
}

static void run_all(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report, const struct bench_subject *subject,
                    const struct board_trace *written)
{
    static struct spec_list peers;
    struct board_result result, peer;
    char why[1024];
    peers.count = 0;
    bool has_peer = spec_parse(&peers, peer_name, why, sizeof why);
    bench_tell(plan, "on a board: %s", peer_name);
    has_peer = has_peer && run_policy(plan, &peers.items[0], subject, written, &peer, why, sizeof why);
    for (size_t i = 0; i < plan->specs->count; i++) {
        const struct spec *spec = &plan->specs->items[i];
        bench_tell(plan, "on a board: %s", spec->text);
        if (run_policy(plan, spec, subject, written, &result, why, sizeof why)) {
            add_rows(group, report, spec, &result, has_peer ? &peer : NULL);
        } else {
            bench_note(bench_add(report, group, "instructions", "%s", spec->text), "%.180s", why);
        }
    }
}

void bench_run_board(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    struct bench_material material;
    struct board_trace written;
    char why[1024] = "out of memory";
    if (!bench_material_make(plan, EVENTS, QUICK_EVENTS, &material) || !board_trace_make(&written, material.subjects[0].trace, why, sizeof why)) {
        bench_note(bench_add(report, group, "instructions", "Cortex-M3"), "%.180s", why);
    } else {
        run_all(plan, group, report, &material.subjects[0], &written);
        board_trace_remove(&written);
    }
    bench_material_free(&material);
}
