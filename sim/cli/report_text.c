/* report_text.c: the score sheet: every number with its name, ratios with their formula. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli.h"
#include "report.h"

static void line(FILE *to, const char *name, uint64_t value, const char *unit, const char *note)
{
    fprintf(to, "  %-26s %14" PRIu64, name, value);
    if (note[0] != '\0') {
        fprintf(to, " %-6s %s", unit, note);
    } else if (unit[0] != '\0') {
        fprintf(to, " %s", unit);
    }
    fputc('\n', to);
}

/* As it stands in JSON: rounded half away from zero, and never "-0". */
static double four_digits(double value) { return round(value * 10000) / 10000 + 0.0; }

static void ratio_line(FILE *to, const char *name, const struct metrics_series *series, const char *formula)
{
    fprintf(to, "  %-26s %8.4f %8.4f %8.4f %8.4f  %s\n", name, four_digits(series->at_peak),
            four_digits(series->end), four_digits(metrics_mean(series)), four_digits(series->max), formula);
}

static void print_failures(const struct report *report, FILE *to)
{
    const struct metrics_run *run = lane_run(report->lane);
    if (run->failures == 0) {
        const uint64_t waiting = lane_waiting(report->lane);
        if (waiting == 0) {
            fputs("\n  every request was served\n", to);
        } else {
            fprintf(to, "\n  no request failed; %" PRIu64 " still wait%s for a block\n", waiting, waiting == 1 ? "s" : "");
        }
        return;
    }
    const struct metrics_failure *first = &run->kept_failures[0];
    fprintf(to, run->failures == 1 ? "\n  %" PRIu64 " request failed, at event %" PRIu64 ": "
                                   : "\n  %" PRIu64 " requests failed; the first at event %" PRIu64 ": ", run->failures, first->event);
    fprintf(to, "%" PRIu64 " B", first->size);
    if (first->align > lane_heap(report->lane)->arena_align) {
        fprintf(to, " aligned to %" PRIu64 ": this arena's address and policy allow %" PRIu32 " at most\n", first->align,
                lane_heap(report->lane)->arena_align);
        return;
    }
    if (first->align > lane_heap(report->lane)->alignment) {
        fprintf(to, " aligned to %" PRIu64, first->align);
    }
    fprintf(to, " do not fit, with %" PRIu64 " B free in %" PRIu32 " block%s, the largest %" PRIu32 " B\n", first->now.free_bytes,
            first->now.free_blocks, first->now.free_blocks == 1 ? "" : "s", first->now.largest_free_bytes);
    const double index = metrics_fragmentation_index(&first->now, first->size);
    fprintf(to, "  fragmentation index %.4f = 1 - (1 + free/size)/free blocks: %s\n", four_digits(index),
            first->now.largest_free_bytes >= first->size ? "a free block is large enough, but not by this policy's rules (header, rounding, alignment, zones)"
            : index < 0.5 ? "mostly lack of memory" : "mostly fragmentation");
}

static void print_statistic(void *ctx, const struct heap_statistic *statistic)
{
    char region[32] = "";
    if (statistic->region != HEAP_NONE) {
        snprintf(region, sizeof region, "  region %" PRIu32, statistic->region);
    }
    fprintf(ctx, "  %-40s %10" PRIu32 "%s\n", statistic->name, statistic->value, region);
}

/* The original's own numbers, under its names. */
static void print_native(const struct report *report, FILE *to)
{
    const struct heap_policy *policy = lane_options_of(report->lane)->policy;
    const struct heap_replica *replica = policy->inspect->replica;
    if (policy->inspect->statistics == NULL) {
        fprintf(to, "\n  %s keeps no statistics of its own\n", replica != NULL ? replica->of : policy->name);
        return;
    }
    fprintf(to, "\n  the own statistics of %s %s\n", replica != NULL ? replica->of : policy->name, replica != NULL ? replica->version : "");
    policy->inspect->statistics(lane_heap(report->lane), print_statistic, to);
}

/* What most runs have none of. */
static void print_exceptions(const struct report *report, FILE *to)
{
    const struct metrics_run *run = lane_run(report->lane);
    if (run->recorded_failures != 0) {
        line(to, "failed when recorded", run->recorded_failures, "", "");
        line(to, "  of which served here", run->recorded_failures_served, "", "");
    }
    if (run->skipped != 0) {
        line(to, "events skipped", run->skipped, "", "their allocation failed here");
    }
    if (run->refused != 0) {
        line(to, "frees refused", run->refused, "", "the heap found the pointer not to be live");
    }
    if (run->under_aligned != 0) {
        line(to, "under-aligned payloads", run->under_aligned, "", "less than was asked for: the original does that");
    }
    if (run->waits != 0) {
        line(to, "waited for a block", run->waits, "", "");
        line(to, "  of which served", run->waits_served, "", "");
        line(to, "  timed out", run->waits_timed_out, "", "counted as failures too");
        line(to, "  still waiting", lane_waiting(report->lane), "", "");
        line(to, "longest wait", run->wait_longest, "ticks", "the trace's time unit");
        line(to, "all waits together", run->wait_ticks, "ticks", "");
    }
}

void report_print(const struct report *report, FILE *to)
{
    const struct metrics_run *run = lane_run(report->lane);
    const struct metrics_now *now = lane_now(report->lane);
    char bytes[32], split[128];
    fprintf(to, "%s%s%s on %s, heap %s%s%s\n\n", report->trace, report->heap == NULL ? "" : ", heap ", report->heap == NULL ? "" : report->heap,
            report->spec->text, spec_format_bytes(lane_options_of(report->lane)->heap_bytes, bytes, sizeof bytes), report->heap_note == NULL ? "" : " ",
            report->heap_note == NULL ? "" : report->heap_note);
    line(to, "events", run->events, "", "");
    line(to, "peak payload", report->lower_bound_bytes, "B", "the least any allocator needs");
    if (run->peak_payload_bytes != report->lower_bound_bytes) {
        line(to, "  of which served here", run->peak_payload_bytes, "B", "");
    }
    line(to, "peak heap in use", run->peak_in_use_bytes, "B", "arena - largest span never covered");
    snprintf(split, sizeof split, "header %" PRIu64 ", padding %" PRIu64 ", unsplit tail %" PRIu64, run->at_peak.header_bytes,
             run->at_peak.padding_bytes, run->at_peak.tail_bytes);
    line(to, "overhead at peak", run->at_peak.block_bytes - run->at_peak.payload_bytes, "B", split);
    line(to, "minimum ever free", run->minimum_free_bytes, "B", "");
    line(to, "largest request now", lane_largest_request(report->lane), "B", "");
    line(to, "live at the end", now->live_blocks, now->live_blocks == 1 ? "block" : "blocks", "");
    fprintf(to, "  %-26s %14.4f        max P / max H\n", "utilization", metrics_utilization(run));
    fprintf(to, "  %-26s %14.2f        max %" PRIu64 " at event %" PRIu64 "\n", "blocks visited, mean", metrics_steps_mean(run), run->steps_max,
            run->steps_max_event);
    print_exceptions(report, to);
    fprintf(to, "\n  %-26s %8s %8s %8s %8s\n", "", "at peak", "end", "mean", "max");
    ratio_line(to, "internal fragmentation", &run->internal_fragmentation, "(B - P) / B");
    ratio_line(to, "external fragmentation", &run->external_fragmentation, "1 - largest free / free");
    ratio_line(to, "free fragmentation (rss)", &run->free_fragmentation_rss, "1 - sqrt(sum f^2) / free");
    print_failures(report, to);
    if (report->header != NULL && report->heap == NULL) {
        report_print_waits(report, 1, to);
    }
    if (report->native) {
        print_native(report, to);
    }
    if (lane_has_image(report->lane)) {
        fprintf(to, "  digest %08" PRIx32, report->digest);
    } else {
        fputs("  digest none: the platform keeps the blocks", to);
    }
    if (report->seconds > 0) {
        fprintf(to, "   %.1f million events/s", (double)run->events / report->seconds / 1e6);
    }
    fputc('\n', to);
}

int report_check(const struct assertion_list *conditions, const char *label, const double values[SCORES_ROOM])
{
    int code = CLI_DONE;
    for (size_t i = 0; i < conditions->count; i++) {
        const struct assertion *condition = &conditions->items[i];
        char found[32];
        if (!assertion_holds(condition, values)) {
            const char *text = score_format(condition->score, score_counted(condition->score, values), found, sizeof found);
            code = cli_fail(CLI_DIFFERS, "%s: %s does not hold: %s is %s", label, condition->text, scores[condition->score].name,
                            text[0] == '\0' ? "not known" : text);
        }
    }
    return code;
}
