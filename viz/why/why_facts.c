/* why_facts.c: what happened at the cursor, put together from the model: no drawing. */
#include <stdlib.h>

#include "why.h"

uint32_t why_death(const struct model *model, uint64_t id, uint32_t birth)
{
    uint32_t low = 0, high = model->life_count, end = birth;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (model->lives[middle].birth < birth) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < model->life_count && model->lives[low].birth <= end; low++) { /* a block that was resized has several lives on end */
        if (model->lives[low].id == id && model->lives[low].birth == end) {
            end = model->lives[low].death;
        }
    }
    return end > birth ? end : model->count + 1;
}

double why_replay_seconds(uint32_t visits) { return visits * 0.06 < 1.5 ? visits * 0.06 : 1.5; }

static uint32_t least_header(const struct model *model)
{
    uint32_t least = MODEL_NONE;
    for (uint32_t i = 0; i < model->block_count; i++) {
        least = model->blocks[i].header < least ? model->blocks[i].header : least;
    }
    return least == MODEL_NONE ? 0 : least;
}

static uint32_t next_power(uint64_t bytes, uint32_t least)
{
    uint64_t power = least;
    while (power < bytes) {
        power *= 2;
    }
    return power > UINT32_MAX ? 0 : (uint32_t)power;
}

static void keep_better(struct model_window *best, const struct model_window *now, bool fits)
{
    bool fewer = best->count == 0 || now->count < best->count || (now->count == best->count && now->pin_bytes < best->pin_bytes);
    if (fits && now->count > 0 && fewer) {
        *best = *now;
    }
}

/* A buddy's window: an aligned stretch of `bytes`, the fewest live blocks in it, then the fewest bytes. Blocks that are larger than it
 * or that cannot move rule it out. */
static struct model_window aligned_window(const struct model *model, uint32_t bytes)
{
    struct model_window best = {0}, now = {0};
    bool fits = false;
    uint32_t last = MODEL_NONE;
    for (uint32_t i = 0; i < model->span_count; i++) {
        const struct model_span *span = &model->spans[i];
        bool block = span->block != MODEL_NONE, fixed = span->kind == KIND_CONTROL || span->kind == KIND_RESERVED;
        const uint64_t from = block ? model->blocks[span->block].off : span->off, window = from - from % bytes;
        const uint64_t size = block ? model->blocks[span->block].size : span->size;
        if (now.bytes == 0 || window != now.off) {
            keep_better(&best, &now, fits);
            now = (struct model_window){.off = (uint32_t)window, .bytes = bytes};
            fits = window + bytes <= model->arena_bytes;
        }
        fits = fits && !fixed && from + size <= window + bytes;
        if (block && span->block != last) {
            now.first_block = now.count == 0 ? span->block : now.first_block;
            now.count++;
            now.pin_bytes += (uint32_t)size;
            last = span->block;
        }
    }
    keep_better(&best, &now, fits);
    return best;
}

static void explain_failure(const struct frame *frame, struct why *why)
{
    const struct model *model = frame->model;
    why->kind = WHY_FAILED;
    why->wanted = model->failure.wanted;
    why->gross = model->failure.gross;
    why->header = why->gross ? least_header(model) : 0;
    why->window = frame->pins;
    if (model->bins.kind == MODEL_BINS_ORDERS && model->bins.bin_count > 0 && why->wanted <= UINT32_MAX / 2) {
        why->header = model->field_count > 1 ? least_header(model) : 0;
        why->gross = next_power(why->wanted + why->header, model->bins.bins[0].least);
        why->power = true;
        why->window = (struct model_window){0};
        if (why->gross > 0 && why->gross <= why->free && why->gross > why->largest) {
            why->window = aligned_window(model, why->gross);
        }
    }
    if (why->gross <= why->largest) {
        why->window.count = 0; /* a hole is large enough: no block stands in the way */
    }
}

/* The hole that the block at `off` came from: the last one visited that holds it. */
static struct model_place hole_of(const struct model *model, uint32_t off)
{
    for (uint32_t i = model->search.count; i > 0; i--) {
        const struct model_step *step = &model->search.steps[i - 1];
        if (step->kind == MODEL_STEP_VISIT && off >= step->off && off - step->off < step->bytes) {
            return (struct model_place){step->off, step->bytes};
        }
    }
    return (struct model_place){0, 0};
}

static void explain_service(const struct model *model, struct why *why)
{
    uint32_t span = model_span_at(model, model->search.placed);
    why->kind = WHY_SERVED;
    why->wanted = model->search.wanted;
    why->block = span == MODEL_NONE ? MODEL_NONE : model->spans[span].block;
    if (why->block == MODEL_NONE) {
        return;
    }
    const struct model_block *block = &model->blocks[why->block];
    why->gross = block->size;
    why->header = block->header;
    const struct model_life *before = block->birth < model->event ? model_life_ended(model, model->event) : NULL;
    bool moved = before && before->off != block->off;
    if (block->birth == model->event || moved) {
        why->taken = hole_of(model, block->off);
    }
    if (moved) {
        uint32_t old = model_span_at(model, before->off);
        why->moved_from = before->off;
        bool apart = (uint64_t)before->off + before->size <= why->taken.off || before->off >= (uint64_t)why->taken.off + why->taken.bytes;
        bool free_now = old != MODEL_NONE && model->spans[old].kind == KIND_FREE;
        why->left = free_now && apart ? (struct model_place){before->off, before->size} : why->left;
    }
    uint64_t end = (uint64_t)why->taken.off + why->taken.bytes;
    for (uint32_t i = why->taken.bytes ? model_span_at(model, why->taken.off) : MODEL_NONE; i < model->span_count && model->spans[i].off < end; i++) {
        uint64_t from = model->spans[i].off > why->taken.off ? model->spans[i].off : why->taken.off;
        uint64_t to = (uint64_t)model->spans[i].off + model->spans[i].size;
        why->over += model->spans[i].kind == KIND_FREE ? (uint32_t)((to < end ? to : end) - from) : 0;
    }
}

static void explain_free(const struct model *model, struct why *why)
{
    why->freed = model_life_ended(model, model->event);
    if (!why->freed) {
        why->kind = WHY_NOTHING;
        for (uint32_t i = 0; i < model->mark_count; i++) {
            why->phase = model->marks[i].kind == MARK_PHASE && model->marks[i].event == model->event ? model->marks[i].name : why->phase;
        }
        return;
    }
    uint32_t span = model_span_at(model, why->freed->off);
    why->kind = WHY_FREED;
    why->wanted = why->freed->size;
    if (span != MODEL_NONE && model->spans[span].kind == KIND_FREE) {
        why->merged = (struct model_place){model->spans[span].off, model->spans[span].size};
    }
}

struct why why_of(const struct frame *frame)
{
    const struct model *model = frame->model;
    struct why why = {.free = (uint32_t)model->kind_bytes[KIND_FREE], .largest = model->largest_bytes, .holes = model->hole_count,
                      .block = MODEL_NONE, .moved_from = MODEL_NONE, .visits = model->search.made ? model->search.visits : 0};
    double share = frame->state->why.replay / (why.visits ? why_replay_seconds(why.visits) : 1);
    why.shown = frame->state->why.replay < 0 || share >= 1 ? (int)why.visits : (int)(share * why.visits);
    uint32_t placed = model->event > 0 && model->search.made ? model->search.placed : MODEL_PLACED_NOTHING;
    if (model->failure.at_cursor) {
        explain_failure(frame, &why);
    } else if (model->event > 0 && placed != MODEL_PLACED_NOTHING && placed != MODEL_PLACED_FAILED) {
        explain_service(model, &why);
    } else if (model->event > 0) {
        explain_free(model, &why);
    }
    return why;
}

static int by_offset(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int why_visited(const struct model_search *search, uint32_t offsets[WHY_VISITS_KNOWN])
{
    int count = 0, once = 0;
    for (uint32_t i = 0; i < search->count && count < WHY_VISITS_KNOWN; i++) {
        if (search->steps[i].kind == MODEL_STEP_VISIT) {
            offsets[count++] = search->steps[i].off;
        }
    }
    qsort(offsets, (size_t)count, sizeof *offsets, by_offset);
    for (int i = 0; i < count; i++) {
        if (i == 0 || offsets[i] != offsets[i - 1]) {
            offsets[once++] = offsets[i];
        }
    }
    return once;
}

struct why_holes why_holes_begin(const struct model *model, const struct why *why)
{
    return (struct why_holes){.why = why, .model = model, .taken_given = why->taken.bytes == 0};
}

/* The first piece of [from, end) that lies in neither of the places; 0 bytes: none. */
static struct model_place piece_outside(uint64_t from, uint64_t end, const struct model_place *a, const struct model_place *b)
{
    const struct model_place *const places[2] = {a, b};
    uint64_t stop = end;
    for (int turn = 0; turn < 4; turn++) { /* behind one may begin the other */
        const struct model_place *place = places[turn % 2];
        from = from >= place->off && from - place->off < place->bytes ? (uint64_t)place->off + place->bytes : from;
    }
    for (int i = 0; i < 2; i++) {
        stop = places[i]->bytes > 0 && places[i]->off > from && places[i]->off < stop ? places[i]->off : stop;
    }
    return from < stop ? (struct model_place){(uint32_t)from, (uint32_t)(stop - from)} : (struct model_place){0, 0};
}

bool why_holes_next(struct why_holes *holes, struct model_place *hole)
{
    const struct model_place *taken = &holes->why->taken;
    while (holes->span < holes->model->span_count) {
        const struct model_span *span = &holes->model->spans[holes->span];
        uint64_t end = (uint64_t)span->off + span->size, from = holes->at > span->off ? holes->at : span->off;
        if (span->kind == KIND_FREE && from < end) {
            *hole = piece_outside(from, end, taken, &holes->why->left);
            holes->at = hole->off + hole->bytes;
            if (hole->bytes > 0) {
                return true;
            }
        }
        holes->span++;
        holes->at = 0;
    }
    if (!holes->taken_given) {
        holes->taken_given = true;
        *hole = *taken;
        return true;
    }
    return false;
}
