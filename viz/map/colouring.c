/* colouring.c: size and age by a ramp of eight steps (logarithmic), site and thread by the seven largest.
 *
 * Size runs from 8 B to 4 KiB and more; age from new to the whole trace. */
#include "colouring.h"

#include <stdlib.h>
#include <string.h>

const char *const colour_mode_names[COLOUR_COUNT] = {"kind", "size", "age", "site", "thread"};

#define SIZE_LOG_MIN 3u /* 8 B */
#define SIZE_LOG_MAX 12u /* 4 KiB */

static uint32_t log2_floor(uint64_t value)
{
    uint32_t log = 0;
    while (value >>= 1) {
        log++;
    }
    return log;
}

bool colouring_serves(const struct model *model, enum colour_mode mode)
{
    return mode == COLOUR_SITE ? model->has_sites : mode == COLOUR_THREAD ? model->has_threads : true;
}

static uint32_t category_of(enum colour_mode mode, const struct model_block *block)
{
    return mode == COLOUR_SITE ? block->site : block->thread;
}

static void find_top(struct colouring *colouring)
{
    const struct model *model = colouring->model;
    uint32_t names = colouring->mode == COLOUR_SITE ? model->site_count : model->thread_count;
    uint64_t *bytes = names ? calloc(names, sizeof *bytes) : NULL;
    if (!bytes) {
        return;
    }
    for (uint32_t i = 0; i < model->block_count; i++) {
        uint32_t category = category_of(colouring->mode, &model->blocks[i]);
        if (category < names) {
            bytes[category] += model->blocks[i].size;
        }
    }
    while (colouring->top_count < COLOURING_TOP) {
        uint32_t best = MODEL_NONE;
        for (uint32_t i = 0; i < names; i++) {
            if (bytes[i] > 0 && (best == MODEL_NONE || bytes[i] > bytes[best])) {
                best = i;
            }
        }
        if (best == MODEL_NONE) {
            break;
        }
        colouring->top[colouring->top_count++] = best;
        bytes[best] = 0;
    }
    free(bytes);
}

static void make_kinds(struct colouring *colouring)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct draw_style *style = &colouring->kinds[kind];
        *style = colouring->theme->kinds[kind];
        if (colouring->mode != COLOUR_KIND && (kind == KIND_HEADER || kind == KIND_SLACK)) {
            style->fill = colour_mix(style->fill, colouring->theme->well, 45);
            style->mark = colour_mix(style->mark, colouring->theme->well, 45);
        }
    }
}

struct colouring colouring_make(const struct theme *theme, const struct model *model, enum colour_mode mode)
{
    struct colouring out = {.theme = theme, .model = model, .mode = colouring_serves(model, mode) ? mode : COLOUR_KIND};
    if (out.mode == COLOUR_SITE || out.mode == COLOUR_THREAD) {
        find_top(&out);
    }
    make_kinds(&out);
    return out;
}

static uint32_t ramp_step(uint32_t log, uint32_t low, uint32_t high)
{
    if (log <= low) {
        return 0;
    }
    return log >= high ? RAMP_STEPS - 1 : (log - low) * RAMP_STEPS / (high - low + 1);
}

uint32_t colouring_payload(const struct colouring *colouring, const struct model_block *block)
{
    const struct theme *theme = colouring->theme;
    if (colouring->mode == COLOUR_SIZE) {
        return theme->ramp[ramp_step(log2_floor(block->requested), SIZE_LOG_MIN, SIZE_LOG_MAX)];
    }
    if (colouring->mode == COLOUR_AGE) {
        uint32_t age = colouring->model->event - block->birth;
        return theme->ramp[ramp_step(log2_floor((uint64_t)age + 1), 0, log2_floor((uint64_t)colouring->model->count + 1))];
    }
    if (colouring->mode == COLOUR_KIND) {
        return theme->kinds[KIND_PAYLOAD].fill;
    }
    int i = 0;
    while (i < colouring->top_count && colouring->top[i] != category_of(colouring->mode, block)) {
        i++;
    }
    return theme->category[i < colouring->top_count ? i : CATEGORIES - 1];
}
