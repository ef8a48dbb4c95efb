/* range_report.c: one pass over the lives; see range_report.h. */
#include "range_report.h"

#include <stdlib.h>
#include <string.h>

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
}

static struct group *group_of(const struct range_report *report, struct group *groups, const struct model *model, const struct model_life *life)
{
    uint32_t site = life->site < model->site_count ? life->site : model->site_count;
    return &groups[report->by_site ? site : class_of(life->size)];
}

/* What was allocated after A and freed until B. A realloc ends one life and begins the next: the last of them, kept under the event that
 * made the block, tells when it was freed. `last`: to - from of them, MODEL_NONE where nothing was allocated. */
static void count_short(struct range_report *report, struct group *groups, const struct model *model, const uint32_t *last)
{
    for (uint32_t i = 0; i < report->to - report->from; i++) {
        const struct model_life *life = last[i] != MODEL_NONE ? &model->lives[last[i]] : NULL;
        if (life && life->death <= report->to) {
            struct group *group = group_of(report, groups, model, life);
            group->short_blocks++;
            group->short_bytes += life->size;
            report->short_blocks++;
            report->short_bytes += life->size;
        }
    }
}

static void count_lives(struct range_report *report, struct group *groups, const struct model *model, uint32_t *last)
{
    memset(last, 0xff, ((size_t)report->to - report->from) * sizeof *last); /* MODEL_NONE */
    for (uint32_t i = 0; i < model->life_count && model->lives[i].birth <= report->to; i++) {
        const struct model_life *life = &model->lives[i];
        count_life(report, group_of(report, groups, model, life), life);
        if (life->born > report->from && life->born <= report->to) {
            last[life->born - report->from - 1] = i;
        }
    }
    count_short(report, groups, model, last);
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
    uint32_t *last = malloc(((size_t)(to - from) + 1) * sizeof *last);
    if (!groups || !last) {
        free(groups);
        free(last);
        return false;
    }
    count_lives(report, groups, model, last);
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
    free(last);
    report->made = true;
    return true;
}
