/* model.c: look-ups in a model. */
#include "model.h"

#include <stddef.h>

uint32_t model_span_at(const struct model *model, uint32_t off)
{
    uint32_t low = 0, high = model->span_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (model->spans[middle].off <= off) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || off - model->spans[low - 1].off >= model->spans[low - 1].size) {
        return MODEL_NONE;
    }
    return low - 1;
}

uint32_t model_block_of_id(const struct model *model, uint64_t id)
{
    for (uint32_t i = 0; i < model->block_count; i++) {
        if (model->blocks[i].id == id) {
            return i;
        }
    }
    return MODEL_NONE;
}

const struct model_life *model_life_ended(const struct model *model, uint32_t event)
{
    uint32_t low = 0, high = model->end_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (model->lives[model->ends[middle]].death < event) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct model_life *life = low < model->end_count ? &model->lives[model->ends[low]] : NULL;
    return life && life->death == event ? life : NULL;
}

uint32_t model_first_mark(const struct model *model, enum mark_kind kind)
{
    for (uint32_t i = 0; i < model->mark_count; i++) {
        if (model->marks[i].kind == kind) {
            return model->marks[i].event;
        }
    }
    return 0;
}

uint32_t model_start(const struct model *models, int lane_count)
{
    for (int i = 0; i < lane_count; i++) {
        uint32_t failure = model_first_mark(&models[i], MARK_FAILURE);
        if (failure) {
            return failure;
        }
    }
    uint32_t peak = model_first_mark(&models[0], MARK_PEAK);
    return peak ? peak : models[0].count;
}

uint32_t model_next_mark(const struct model *model, uint32_t event, int step, bool failures)
{
    uint32_t best = event;
    for (uint32_t i = 0; i < model->mark_count; i++) {
        uint32_t at = model->marks[i].event;
        if (failures && model->marks[i].kind != MARK_FAILURE) {
            continue;
        }
        if (step > 0 && at > event) {
            return at;
        }
        if (step < 0 && at < event) {
            best = at;
        }
    }
    return best;
}

static bool window_better(const struct model_window *a, const struct model_window *b)
{
    if (b->bytes == 0 || a->count != b->count) {
        return b->bytes == 0 || a->count < b->count;
    }
    return a->pin_bytes < b->pin_bytes;
}

/* The bytes of free space that end at `off` (0 where a block ends there), by the span index that follows. */
static uint32_t free_before(const struct model *model, uint32_t span)
{
    return span > 0 && model->spans[span - 1].kind == KIND_FREE ? model->spans[span - 1].size : 0;
}

struct model_window model_find_pins(const struct model *model, uint32_t gross)
{
    /* Two ends move over the blocks: `head` opens the stretch, the loop's span closes it. A stretch starts behind a block that stays. */
    struct model_window best = {0}, now = {0};
    uint32_t head = 0;
    for (uint32_t i = 0; i < model->span_count; i++) {
        const struct model_span *span = &model->spans[i];
        if (span->kind == KIND_CONTROL || span->kind == KIND_RESERVED) {
            now = (struct model_window){0};
            continue;
        }
        if (span->kind == KIND_FREE) {
            now.bytes += span->size;
            if (now.count == 0 && now.bytes == span->size) {
                now.off = span->off;
            }
        } else if (i == 0 || model->spans[i - 1].block != span->block) { /* a block begins */
            const struct model_block *block = &model->blocks[span->block];
            if (now.count == 0) {
                head = span->block;
                now.off = block->off - free_before(model, i);
                now.bytes = block->off - now.off;
            }
            now.count++;
            now.pin_bytes += block->size;
            now.bytes += block->size;
        }
        while (now.bytes >= gross && now.count > 0) {
            now.first_block = head;
            if (window_better(&now, &best)) {
                best = now;
            }
            uint32_t end = model->blocks[head].off + model->blocks[head].size;
            now.bytes -= end - now.off;
            now.off = end;
            now.pin_bytes -= model->blocks[head].size;
            now.count--;
            head++;
        }
    }
    if (best.bytes > 0) { /* the free space behind the last pin belongs to the stretch */
        const struct model_block *last = &model->blocks[best.first_block + best.count - 1];
        uint32_t next = model_span_at(model, last->off + last->size);
        uint32_t end = last->off + last->size;
        if (next != MODEL_NONE && model->spans[next].kind == KIND_FREE) {
            end += model->spans[next].size;
        }
        best.bytes = end - best.off;
    }
    return best;
}

uint32_t model_word(const struct model *model, uint32_t off)
{
    if (!model->memory || off > model->arena_bytes || model->arena_bytes - off < 4) {
        return 0;
    }
    const uint8_t *at = model->memory + off;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* ---- the policy's bitmap ---- */

const struct model_map *model_map_at(const struct model *model, uint32_t off)
{
    for (uint32_t i = 0; i < model->map_count; i++) {
        if (off - model->maps[i].from < model->maps[i].bytes) {
            return &model->maps[i];
        }
    }
    return NULL;
}

bool model_map_bit(const struct model *model, const struct model_map *map, uint32_t off, uint32_t *word, uint32_t *bit)
{
    uint32_t number = map->first + (off - map->from) / map->granule;
    *word = map->off + number / 32 * 4;
    *bit = number % 32;
    return (model_word(model, *word) >> *bit & 1u) != 0;
}

bool model_map_size_word(const struct model_map *map, uint32_t off, uint32_t size, uint32_t *from)
{
    uint32_t number = map->first + (off - map->from) / map->granule, word = (number - 1) / 32 + map->size_word;
    *from = map->from + (word * 32 - map->first) * map->granule;
    return map->size_word > 0 && number + size / map->granule > (word + 1) * 32;
}
