/* bytes_subject.c: which block or hole the Bytes view is about, and which rows show it. */
#include "bytes.h"

const char *const bytes_shows_names[BYTES_SHOWS] = {"index", "hex", "ascii"};

static struct bytes_subject none(void) { return (struct bytes_subject){SUBJECT_LARGEST, 0, 0, MODEL_NONE, MODEL_NONE}; }

struct bytes_subject bytes_at(const struct model *model, uint32_t off)
{
    uint32_t span = model_span_at(model, off);
    if (span == MODEL_NONE) {
        return none();
    }
    uint32_t block = model->spans[span].block;
    if (block == MODEL_NONE) {
        return (struct bytes_subject){SUBJECT_POINTED, model->spans[span].off, model->spans[span].size, MODEL_NONE, span};
    }
    while (span > 0 && model->spans[span - 1].block == block) {
        span--;
    }
    return (struct bytes_subject){SUBJECT_POINTED, model->blocks[block].off, model->blocks[block].size, block, span};
}

struct bytes_subject bytes_beside(const struct model *model, const struct bytes_subject *subject, int side)
{
    if (side < 0) {
        return subject->off > 0 ? bytes_at(model, subject->off - 1) : none();
    }
    return bytes_at(model, subject->off + subject->size);
}

/* Where the pinned block lies when it lives: the life that ended last before the cursor, else the first one. */
static uint32_t place_of_pinned(const struct model *model, uint64_t id)
{
    uint32_t off = VIEW_NO_OFF;
    for (uint32_t i = 0; i < model->life_count; i++) {
        if (model->lives[i].id == id && (off == VIEW_NO_OFF || model->lives[i].birth <= model->event)) {
            off = model->lives[i].off;
        }
    }
    return off;
}

/* Where the last event did something. */
static uint32_t place_of_event(const struct model *model)
{
    uint32_t placed = model->event > 0 ? model->history.placed[model->event - 1] : MODEL_PLACED_NOTHING;
    if (placed < MODEL_PLACED_FAILED) {
        return placed;
    }
    const struct model_life *ended = placed == MODEL_PLACED_NOTHING && model->event > 0 ? model_life_ended(model, model->event) : NULL;
    return ended ? ended->off : VIEW_NO_OFF;
}

struct bytes_subject bytes_anchor(const struct model *model, const struct view_state *state)
{
    uint32_t block = state->pinned ? model_block_of_id(model, state->pinned_id) : MODEL_NONE;
    uint32_t off = block != MODEL_NONE ? model->blocks[block].off : VIEW_NO_OFF;
    enum subject_reason reason = SUBJECT_PINNED;
    if (off == VIEW_NO_OFF && state->pinned) {
        off = place_of_pinned(model, state->pinned_id);
        reason = SUBJECT_GONE;
    }
    if (off == VIEW_NO_OFF) {
        off = place_of_event(model);
        reason = SUBJECT_EVENT;
    }
    if (off == VIEW_NO_OFF || off >= model->arena_bytes) {
        off = model->largest_bytes > 0 ? model->largest_off : 0;
        reason = model->largest_bytes > 0 ? SUBJECT_LARGEST : SUBJECT_START;
    }
    struct bytes_subject subject = bytes_at(model, off);
    subject.reason = reason;
    return subject;
}

uint32_t bytes_first(const struct model *model, const struct view_state *state, int rows)
{
    int64_t all = ((int64_t)model->arena_bytes + BYTES_A_ROW - 1) / BYTES_A_ROW, row = state->bytes.first / BYTES_A_ROW;
    if (state->bytes.first == VIEW_NO_OFF) {
        struct bytes_subject subject = bytes_anchor(model, state);
        int64_t from = subject.off / BYTES_A_ROW, to = subject.size ? ((int64_t)subject.off + subject.size - 1) / BYTES_A_ROW : from;
        int64_t spare = rows - (to - from + 1);
        row = from - (spare > 4 ? spare / 2 : 2);
    }
    row = row > all - rows ? all - rows : row;
    return row < 0 ? 0 : (uint32_t)row * BYTES_A_ROW;
}
