/* why_lane.c: one stretch of the heap, close: what pins the hole; where a block was placed; what merged; else the largest hole. */
#include <stdio.h>

#include "why.h"

#define PINS_LISTED 5
#define SPOTS_MAX 600
#define CONTEXT 38 /* percent of the stretch that is shown at each side */

struct lane {
    struct rect bar;
    uint32_t first, bytes; /* shown */
    uint32_t off, size;    /* the stretch that it is about */
};

static struct lane lane_of(const struct frame *frame, const struct why *why)
{
    const struct model *model = frame->model;
    struct lane lane = {.off = model->largest_off, .size = model->largest_bytes};
    if (why->window.count > 0) {
        lane.off = why->window.off;
        lane.size = why->window.bytes;
    } else if (why->taken.bytes > 0) {
        lane.off = why->taken.off;
        lane.size = why->taken.bytes;
    } else if (why->kind == WHY_SERVED && why->block != MODEL_NONE) {
        lane.off = model->blocks[why->block].off;
        lane.size = model->blocks[why->block].size;
    } else if (why->merged.bytes > 0) {
        lane.off = why->merged.off;
        lane.size = why->merged.bytes;
    } else if (why->freed) {
        lane.off = why->freed->off;
        lane.size = why->freed->size;
    }
    if (lane.size == 0) { /* nothing is free: all of it */
        lane.bytes = model->arena_bytes;
        return lane;
    }
    uint64_t about = lane.size;
    if (why->kind == WHY_SERVED && why->block != MODEL_NONE && about > 12 * (uint64_t)why->gross) { /* a small block in a huge hole */
        lane.off = model->blocks[why->block].off;
        about = 4 * (uint64_t)why->gross;
    }
    about = about < 16 ? 16 : about;
    uint64_t context = about * CONTEXT / 100, end = lane.off + about + context;
    context = context < 48 ? 48 : context;
    lane.first = lane.off > context ? (uint32_t)(lane.off - context) & ~7u : 0;
    end = (end + 7) & ~UINT64_C(7);
    end = end > model->arena_bytes ? model->arena_bytes : end;
    lane.bytes = end > lane.first ? (uint32_t)(end - lane.first) : 1;
    lane.off = why->taken.bytes > 0 ? why->taken.off : lane.off;
    return lane;
}

static int lane_x(const struct lane *lane, uint64_t off)
{
    uint64_t end = (uint64_t)lane->first + lane->bytes;
    off = off < lane->first ? lane->first : off > end ? end : off;
    return lane->bar.x + (int)((off - lane->first) * (uint64_t)lane->bar.w / lane->bytes);
}

static bool is_pin(const struct why *why, uint32_t block)
{
    return block != MODEL_NONE && block - why->window.first_block < why->window.count;
}

static bool is_subject(const struct why *why, uint32_t block) { return is_pin(why, block) || (why->kind == WHY_SERVED && block == why->block); }

static struct draw_style look_of(const struct frame *frame, const struct why *why, const struct model_span *span)
{
    struct draw_style look = frame->theme->kinds[span->kind];
    if (span->kind != KIND_FREE && !(span->block != MODEL_NONE && is_subject(why, span->block))) { /* neighbours step back */
        look.fill = colour_mix(look.fill, frame->theme->well, 45);
        look.mark = colour_mix(look.mark, frame->theme->well, 45);
    }
    return look;
}

/* "free 248 B" where it fits between two offsets. */
static void label_free(const struct frame *frame, const struct lane *lane, uint32_t off, uint32_t bytes, enum word word)
{
    char words[80];
    int x = lane_x(lane, off), w = lane_x(lane, (uint64_t)off + bytes) - x;
    struct text_style text = style(frame, FACE_MONO, 11, frame->theme->ink2);
    snprintf(words, sizeof words, tr(frame, word), format_bytes(bytes).s);
    if (why_width(frame, text, words) + 2 * px(frame, 5) <= w) {
        draw_text(frame->list, x + w / 2, baseline_in(frame, lane->bar.y, lane->bar.h, 11), ALIGN_CENTRE, text, words);
    }
}

/* A hole; the one that a free made says what it is made of. */
static void label_hole(const struct frame *frame, const struct why *why, const struct lane *lane, const struct model_span *span)
{
    const struct model_life *freed = why->freed;
    bool inside = freed && freed->off >= span->off && (uint64_t)freed->off + freed->size <= (uint64_t)span->off + span->size;
    if (!inside || why->merged.off != span->off || why->merged.bytes == 0) {
        label_free(frame, lane, span->off, span->size, WORD_WHY_FREE);
        return;
    }
    uint32_t end = span->off + span->size, freed_end = freed->off + freed->size;
    if (freed->off > span->off) {
        label_free(frame, lane, span->off, freed->off - span->off, WORD_WHY_FREE);
    }
    label_free(frame, lane, freed->off, freed->size, WORD_WHY_GONE);
    if (freed_end < end) {
        label_free(frame, lane, freed_end, end - freed_end, WORD_WHY_FREE);
    }
}

/* A block's id and bytes in its payload, where they fit. */
static void label_block(const struct frame *frame, const struct lane *lane, const struct model_span *span, struct draw_style look)
{
    char words[80];
    int x = lane_x(lane, span->off), w = lane_x(lane, (uint64_t)span->off + span->size) - x, pad = px(frame, 5);
    struct rect bar = lane->bar;
    struct text_style text = style(frame, FACE_MONO, 11, frame->theme->ink2);
    if (span->kind != KIND_PAYLOAD || span->block == MODEL_NONE) {
        return;
    }
    const struct model_block *block = &frame->model->blocks[span->block];
    text.colour = theme_label_ink(look.fill);
    snprintf(words, sizeof words, "#%llu", (unsigned long long)block->id);
    const struct text_number bytes = format_bytes(block->requested);
    int most = why_width(frame, text, words), second = why_width(frame, text, bytes.s);
    most = most > second ? most : second;
    if (most + 2 * pad > w || bar.h < px(frame, 30)) {
        return;
    }
    int middle = bar.y + bar.h / 2;
    draw_text(frame->list, x + pad, middle - px(frame, 3), ALIGN_LEFT, text, words);
    draw_text(frame->list, x + pad, middle + px(frame, 12), ALIGN_LEFT, text, bytes.s);
}

static void draw_spans(const struct frame *frame, const struct why *why, const struct lane *lane)
{
    const struct model *model = frame->model;
    struct rect bar = lane->bar;
    uint64_t end = (uint64_t)lane->first + lane->bytes;
    uint32_t i = model_span_at(model, lane->first);
    int drawn = bar.x;
    draw_fill(frame->list, bar, frame->theme->well);
    for (i = i == MODEL_NONE ? 0 : i; i < model->span_count && model->spans[i].off < end; i++) {
        const struct model_span *span = &model->spans[i];
        int left = lane_x(lane, span->off), right = lane_x(lane, (uint64_t)span->off + span->size);
        right = right == left ? left + 1 : right;
        if (right <= drawn) {
            continue; /* smaller than a pixel, which another has */
        }
        drawn = right;
        struct draw_style look = look_of(frame, why, span);
        bool last = i + 1 >= model->span_count || model->spans[i + 1].block != span->block || span->block == MODEL_NONE;
        int gap = last && right - left >= 4 ? frame->screen->unit : 0;
        draw_pattern(frame->list, rect_make(left, bar.y, right - left - gap, bar.h), look, frame->screen->unit, bar.x, bar.y);
        if (span->kind == KIND_FREE) {
            label_hole(frame, why, lane, span);
        } else {
            label_block(frame, lane, span, look);
        }
    }
}

/* What can be pointed at: blocks whole, and holes. */
static void draw_spots(const struct frame *frame, const struct why *why, const struct lane *lane)
{
    const struct model *model = frame->model;
    struct rect bar = lane->bar;
    uint64_t end = (uint64_t)lane->first + lane->bytes;
    uint32_t hits = 0, last_block = MODEL_NONE;
    for (uint32_t i = model_span_at(model, lane->first); i < model->span_count && model->spans[i].off < end && hits < SPOTS_MAX; i++) {
        const struct model_span *span = &model->spans[i];
        bool first = span->block != MODEL_NONE && span->block != last_block;
        last_block = span->block;
        if (!first && span->kind != KIND_FREE) {
            continue;
        }
        const struct model_block *block = first ? &model->blocks[span->block] : NULL;
        uint32_t off = block ? block->off : span->off, size = block ? block->size : span->size;
        int x = lane_x(lane, off), w = lane_x(lane, (uint64_t)off + size) - x;
        struct rect area = rect_make(x, bar.y, w < 3 ? 3 : w, bar.h);
        char *words = block ? why_spot(frame, why, area, HIT_BLOCK, span->block) : why_spot(frame, why, area, HIT_VIEW, span->off);
        if (words && block) {
            why_block_words(frame, block, words, WHY_TAG_MAX);
        } else if (words) {
            why_hole_words(frame, why, (struct model_place){span->off, span->size}, words);
        }
        hits++;
    }
}

static void frame_block(const struct frame *frame, const struct lane *lane, const struct model_block *block, int out, uint32_t colour)
{
    uint64_t end = (uint64_t)block->off + block->size;
    if (end <= lane->first || block->off >= (uint64_t)lane->first + lane->bytes) {
        return;
    }
    int x = lane_x(lane, block->off), w = lane_x(lane, end) - x;
    struct rect r = rect_make(x, lane->bar.y, w < 2 ? 2 : w, lane->bar.h);
    draw_frame(frame->list, rect_inflate(r, out), 2 * frame->screen->unit, colour);
}

/* Frames: pins, the pinned block, the block under the mouse does not stand here. */
static void draw_frames(const struct frame *frame, const struct why *why, const struct lane *lane)
{
    const struct model *model = frame->model;
    int out = 2 * frame->screen->unit;
    uint32_t pinned = frame->state->pinned ? model_block_of_id(model, frame->state->pinned_id) : MODEL_NONE;
    for (uint32_t i = 0; i < why->window.count && i < 400; i++) {
        frame_block(frame, lane, &model->blocks[why->window.first_block + i], out, frame->theme->fail);
    }
    if (why->kind == WHY_SERVED && why->block != MODEL_NONE) {
        frame_block(frame, lane, &model->blocks[why->block], out, frame->theme->ok);
    }
    if (pinned != MODEL_NONE) {
        frame_block(frame, lane, &model->blocks[pinned], 0, frame->theme->focus);
    }
    if (why->freed && why->merged.bytes > 0) { /* the freed block's outline in the hole */
        struct model_block gone = {.off = why->freed->off, .size = why->freed->size};
        frame_block(frame, lane, &gone, 0, frame->theme->kinds[KIND_PAYLOAD].fill);
    }
}

/* A bracket over [off, off + size) with its words in the middle. */
static void draw_bracket(const struct frame *frame, const struct lane *lane, uint32_t off, uint32_t size, const char *words)
{
    struct text_style text = style(frame, FACE_MEDIUM, 12, frame->theme->ok);
    int x0 = lane_x(lane, off), x1 = lane_x(lane, (uint64_t)off + size), thick = 2 * frame->screen->unit;
    int y = lane->bar.y - px(frame, 11), w = why_width(frame, text, words), pad = px(frame, 8), middle = (x0 + x1) / 2;
    struct rect bar = lane->bar;
    int left = middle - w / 2;
    left = left < bar.x ? bar.x : left + w > bar.x + bar.w ? bar.x + bar.w - w : left;
    if (x1 - x0 > w + 2 * pad + 2 * px(frame, 8)) {
        draw_fill(frame->list, rect_make(x0, y, left - pad - x0, thick), text.colour);
        draw_fill(frame->list, rect_make(left + w + pad, y, x1 - left - w - pad, thick), text.colour);
        draw_fill(frame->list, rect_make(x0, y, thick, px(frame, 7)), text.colour);
        draw_fill(frame->list, rect_make(x1 - thick, y, thick, px(frame, 7)), text.colour);
        draw_text(frame->list, left, y + px(frame, 5), ALIGN_LEFT, text, words);
    } else { /* the words stand above, the bracket below them */
        draw_text(frame->list, left, y - px(frame, 1), ALIGN_LEFT, text, words);
        draw_fill(frame->list, rect_make(x0, y + px(frame, 4), x1 - x0 < thick ? thick : x1 - x0, thick), text.colour);
    }
}

static void bracket_words(const struct frame *frame, const struct why *why, const struct lane *lane)
{
    char words[200];
    const struct model *model = frame->model;
    if (why->window.count == 1) {
        char id[24];
        snprintf(id, sizeof id, "%llu", (unsigned long long)model->blocks[why->window.first_block].id);
        snprintf(words, sizeof words, tr(frame, WORD_WHY_WITHOUT_1), format_bytes(why->window.bytes).s, id, format_bytes(why->gross).s);
        draw_bracket(frame, lane, why->window.off, why->window.bytes, words);
    } else if (why->window.count > 1) {
        snprintf(words, sizeof words, tr(frame, WORD_WHY_WITHOUT), format_bytes(why->window.bytes).s, format_count(why->window.count).s,
                 format_bytes(why->gross).s);
        draw_bracket(frame, lane, why->window.off, why->window.bytes, words);
    } else if (why->taken.bytes > 0) {
        snprintf(words, sizeof words, tr(frame, WORD_WHY_THE_HOLE), format_bytes(why->taken.bytes).s);
        draw_bracket(frame, lane, why->taken.off, why->taken.bytes, words);
    } else if (why->merged.bytes > 0) {
        snprintf(words, sizeof words, tr(frame, WORD_WHY_NEW_HOLE), format_bytes(why->merged.bytes).s);
        draw_bracket(frame, lane, why->merged.off, why->merged.bytes, words);
    } else if (lane->size > 0 && why->kind != WHY_SERVED && why->kind != WHY_FREED) {
        snprintf(words, sizeof words, tr(frame, WORD_DUEL_LARGEST), format_bytes(frame->model->largest_bytes).s);
        draw_bracket(frame, lane, lane->off, lane->size, words);
    }
}

/* ---- the blocks in words ---- */

void why_block_words(const struct frame *frame, const struct model_block *block, char *words, size_t size)
{
    char id[24], freed[80];
    const struct model *model = frame->model;
    uint32_t death = why_death(model, block->id, block->birth);
    snprintf(id, sizeof id, "%llu", (unsigned long long)block->id);
    if (death <= model->count) {
        snprintf(freed, sizeof freed, tr(frame, WORD_WHY_FREED_AT), format_count(death).s);
    } else {
        snprintf(freed, sizeof freed, "%s", tr(frame, WORD_WHY_NEVER));
    }
    const struct text_number bytes = format_bytes(block->requested), birth = format_count(block->birth);
    if (model->event - block->birth == 1) {
        snprintf(words, size, tr(frame, WORD_WHY_BLOCK_1), id, bytes.s, birth.s, freed);
    } else {
        snprintf(words, size, tr(frame, WORD_WHY_BLOCK), id, bytes.s, birth.s, format_count(model->event - block->birth).s, freed);
    }
}

struct listed { uint32_t blocks[PINS_LISTED + 1]; int count, pins, columns; uint32_t more; };

/* The blocks that are told in words: up to five pins or the placed block, and the pinned one. */
static struct listed list_blocks(const struct frame *frame, const struct why *why)
{
    struct listed listed = {.columns = 2};
    char words[240];
    uint32_t most = frame->screen->low ? 3 : PINS_LISTED, pinned = MODEL_NONE;
    struct text_style text = style(frame, FACE_REGULAR, 12, 0);
    for (uint32_t i = 0; i < why->window.count && i < most; i++) {
        listed.blocks[listed.count++] = why->window.first_block + i;
    }
    listed.more = why->window.count - (uint32_t)listed.count;
    listed.pins = listed.count;
    if (frame->state->pinned) {
        pinned = model_block_of_id(frame->model, frame->state->pinned_id);
    }
    if (pinned != MODEL_NONE && !(is_pin(why, pinned) && pinned - why->window.first_block < (uint32_t)listed.pins)) {
        listed.blocks[listed.count++] = pinned;
    }
    for (int i = 0; i < listed.count; i++) {
        why_block_words(frame, &frame->model->blocks[listed.blocks[i]], words, sizeof words);
        if (2 * (why_width(frame, text, words) + px(frame, 24)) > frame->screen->strip.w) {
            listed.columns = 1;
        }
    }
    return listed;
}

int why_lane_height(const struct frame *frame, const struct why *why)
{
    const struct listed listed = list_blocks(frame, why);
    int lines = listed.count + (listed.more > 0), rows = (lines + listed.columns - 1) / listed.columns;
    return px(frame, 24 + 14) + px(frame, frame->screen->low ? 32 : 50) + px(frame, 18) + (rows > 1 || listed.columns == 1 ? rows : rows > 0) * px(frame, 17);
}

static void draw_listed(const struct frame *frame, const struct why *why, struct rect area, int y)
{
    char words[240];
    const struct listed listed = list_blocks(frame, why);
    int column = area.w / listed.columns, lines = listed.count + (listed.more > 0), rows = (lines + listed.columns - 1) / listed.columns;
    for (int i = 0; i < lines; i++) {
        struct rect row = rect_make(area.x + i / rows * column, y + i % rows * px(frame, 17), column, px(frame, 17));
        struct text_style text = style(frame, FACE_REGULAR, 12, frame->theme->ink);
        if (i == listed.count) {
            snprintf(words, sizeof words, tr(frame, WORD_WHY_MORE), format_count(listed.more).s);
            text.colour = frame->theme->ink3;
        } else {
            int side = px(frame, 8);
            why_block_words(frame, &frame->model->blocks[listed.blocks[i]], words, sizeof words);
            draw_frame(frame->list, rect_make(row.x, row.y + (row.h - side) / 2, side, side), 2 * frame->screen->unit,
                       i < listed.pins ? frame->theme->fail : frame->theme->focus);
            pane_hit(frame, row, HIT_BLOCK, listed.blocks[i]);
        }
        draw_text(frame->list, row.x + px(frame, 14), baseline_in(frame, row.y, row.h, 12), ALIGN_LEFT, text, words);
    }
    (void)why;
}

/* What the colours of the blocks that are shown mean, right of the title. */
static void draw_legend(const struct frame *frame, const struct lane *lane, int left, int right, int y)
{
    const struct model *model = frame->model;
    struct legend_item items[KIND_COUNT];
    bool shown[KIND_COUNT] = {false};
    uint64_t end = (uint64_t)lane->first + lane->bytes;
    int count = 0;
    for (uint32_t i = model_span_at(model, lane->first); i < model->span_count && model->spans[i].off < end; i++) {
        shown[model->spans[i].kind] = true;
    }
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (shown[kind]) {
            items[count++] = (struct legend_item){trs(frame, kind_names[kind]), frame->theme->kinds[kind], 0};
        }
    }
    pane_legend(frame, left, right, y, items, count);
}

static void draw_title(const struct frame *frame, const struct why *why, const struct lane *lane, struct rect area)
{
    char subtitle[200] = "";
    const char *title = why->kind == WHY_FAILED && why->window.count > 0 ? "What pins the hole" : why->kind == WHY_SERVED ? "Where it was placed" :
                        why->kind == WHY_FREED ? "What merged" : frame->model->largest_bytes == 0 ? "The whole heap" : "Around the largest hole";
    const struct text_number bytes = format_bytes(why->window.bytes), pins = format_bytes(why->window.pin_bytes);
    if (why->window.count == 1) {
        snprintf(subtitle, sizeof subtitle, tr(frame, WORD_WHY_CHEAPEST_1), bytes.s, pins.s);
    } else if (why->window.count > 1) {
        snprintf(subtitle, sizeof subtitle, tr(frame, WORD_WHY_CHEAPEST), bytes.s, format_count(why->window.count).s, pins.s);
    } else if (why->kind == WHY_FAILED && why->gross > why->largest) {
        snprintf(subtitle, sizeof subtitle, "%s", tr(frame, why->gross > why->free ? WORD_WHY_TOO_FEW : WORD_WHY_NO_WINDOW));
    }
    int end = why_title(frame, area.x, area.x + area.w, area.y, title, subtitle[0] ? subtitle : NULL);
    draw_legend(frame, lane, end, area.x + area.w, area.y);
}

void why_lane_draw(const struct frame *frame, const struct why *why, struct rect area)
{
    struct lane lane = lane_of(frame, why);
    struct text_style small = style(frame, FACE_MONO, 11, frame->theme->ink3);
    draw_title(frame, why, &lane, area);
    lane.bar = rect_make(area.x, area.y + px(frame, 24 + 14), area.w, px(frame, frame->screen->low ? 32 : 50));
    draw_spans(frame, why, &lane);
    draw_frames(frame, why, &lane);
    draw_spots(frame, why, &lane);
    bracket_words(frame, why, &lane);
    int foot = lane.bar.y + lane.bar.h, baseline = foot + px(frame, 14);
    draw_text(frame->list, area.x, baseline, ALIGN_LEFT, small, why_address(frame, lane.first).s);
    draw_text(frame->list, area.x + area.w, baseline, ALIGN_RIGHT, small, why_address(frame, lane.first + lane.bytes).s);
    draw_listed(frame, why, area, foot + px(frame, 18));
}
