/* range_report.c: one pass over the lives; see range_report.h. */
#include "range_report.h"

#include <stdlib.h>

#define CLASSES 32

struct group { int64_t blocks, bytes; uint64_t short_blocks, short_bytes; };

static uint32_t class_of(uint32_t size)
{
    uint32_t class = 0;
    while (class + 1 < CLASSES && size >> (class + 1) != 0) {
        class++;
    }
    return class;
}

static void count_life(struct range_report *report, struct group *group, const struct model_life *life)
{
    bool at_from = life->birth <= report->from && life->death > report->from, at_to = life->birth <= report->to && life->death > report->to;
    int change = (int)at_to - (int)at_from;
    group->blocks += change;
    group->bytes += change * (int64_t)life->size;
    report->blocks += change;
    report->bytes += change * (int64_t)life->size;
    if (life->birth > report->from && life->death <= report->to) {
        group->short_blocks++;
        group->short_bytes += life->size;
        report->short_blocks++;
        report->short_bytes += life->size;
    }
}

/* Keeps the line if it is one of the largest by |bytes|; equal ones stay in the order in which they came. */
static void keep(struct range_list *list, struct range_line line)
{
    uint32_t at = list->count;
    while (at > 0 && llabs(list->top[at - 1].bytes) < llabs(line.bytes)) {
        at--;
    }
    if (at >= RANGE_TOP) {
        return;
    }
    list->count += list->count < RANGE_TOP;
    for (uint32_t i = list->count - 1; i > at; i--) {
        list->top[i] = list->top[i - 1];
    }
    list->top[at] = line;
}

bool range_report_update(struct range_report *report, const struct model *model, uint32_t from, uint32_t to)
{
    if (report->made && report->from == from && report->to == to && report->run_version == model->run_version) {
        return true;
    }
    *report = (struct range_report){.by_site = model->has_sites && model->site_count > 0, .from = from, .to = to, .run_version = model->run_version};
    uint32_t count = report->by_site ? model->site_count + 1 : CLASSES; /* the last: of no site */
    struct group *groups = calloc(count, sizeof *groups);
    if (!groups) {
        return false;
    }
    for (uint32_t i = 0; i < model->life_count && model->lives[i].birth <= to; i++) {
        const struct model_life *life = &model->lives[i];
        uint32_t site = life->site < model->site_count ? life->site : model->site_count;
        count_life(report, &groups[report->by_site ? site : class_of(life->size)], life);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t key = !report->by_site ? 1u << i : i < model->site_count ? i : MODEL_NONE;
        struct range_line line = {key, groups[i].blocks, groups[i].bytes};
        if (line.bytes != 0) {
            keep(line.bytes > 0 ? &report->grew : &report->shrank, line);
        }
        if (groups[i].short_blocks > 0) {
            keep(&report->brief, (struct range_line){key, (int64_t)groups[i].short_blocks, (int64_t)groups[i].short_bytes});
        }
    }
    free(groups);
    report->made = true;
    return true;
}
