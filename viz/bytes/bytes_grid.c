/* bytes_grid.c: the rows of the Bytes view: a cell for each byte, coloured by its kind.
 *
 * The block that the view is about and its neighbours have full colour, the rest steps back to the ground. Headers show their bytes
 * in hex; payload its index (all of the block's, each fourth of others), because what lies there is no program's data: a trace has none. */
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "map_marks.h"

#define FAR_PERCENT 45
#define PAD 3

struct grid_pen {
    const struct frame *frame;
    const struct map_grid *grid;
    const struct bytes_subject *anchor;
    uint64_t near_from, near_to; /* full colour */
    int cell, inner;             /* pixels: a byte's width, its height without the gap */
    struct text_style text;
};

static struct grid_pen pen_of(const struct frame *frame, const struct bytes_subject *anchor)
{
    struct grid_pen pen = {.frame = frame, .grid = &frame->screen->grid, .anchor = anchor, .near_from = anchor->off,
                           .near_to = (uint64_t)anchor->off + anchor->size, .text = style(frame, FACE_MONO, 11, 0)};
    struct bytes_subject before = bytes_beside(frame->model, anchor, -1), after = bytes_beside(frame->model, anchor, 1);
    bool taken = before.size > 0 && before.block == MODEL_NONE && frame->model->spans[before.span].kind != KIND_FREE;
    pen.near_from -= taken ? 0 : before.size;
    taken = after.size > 0 && after.block == MODEL_NONE && frame->model->spans[after.span].kind != KIND_FREE;
    pen.near_to += taken ? 0 : after.size;
    pen.cell = pen.grid->width / (int)BYTES_A_ROW;
    pen.inner = pen.grid->pitch - pen.grid->gap;
    return pen;
}

static int x_of(const struct grid_pen *pen, uint32_t off) { return pen->grid->x + (int)((off - pen->grid->first) % BYTES_A_ROW) * pen->cell; }
static int y_of(const struct grid_pen *pen, uint32_t off)
{
    return pen->grid->y + (int)((off - pen->grid->first) / BYTES_A_ROW) * pen->grid->pitch;
}

static struct draw_style look_of(const struct grid_pen *pen, const struct model_span *span)
{
    const struct theme *theme = pen->frame->theme;
    struct draw_style look = theme->kinds[span->kind];
    if (span->off < pen->near_from || span->off >= pen->near_to) {
        look.fill = colour_mix(look.fill, theme->well, FAR_PERCENT);
        look.mark = colour_mix(look.mark, theme->well, FAR_PERCENT);
    }
    if (span->kind == KIND_HEADER) {
        look.tile = TILE_SOLID; /* its bytes are written on it */
    }
    return look;
}

/* ---- what a byte says ---- */

/* Is the byte part of a field of a free block, as the policy describes them? */
static bool in_free_field(const struct model *model, const struct model_span *span, uint32_t off)
{
    uint32_t front = 0, back = 0, count = model->free_field_count, at = off - span->off;
    uint32_t i = 0;
    for (; i < count && model->free_fields[i].bytes > 0; i++) {
        front += model->free_fields[i].bytes;
    }
    for (i++; i < count; i++) {
        back += model->free_fields[i].bytes;
    }
    return count > 0 && front <= span->size && (at < front || (span->size - at <= back && front + back <= span->size));
}

static bool shows_memory(const struct grid_pen *pen, const struct model_span *span, uint32_t off)
{
    const struct frame *frame = pen->frame;
    if (!frame->model->memory || span->kind == KIND_RESERVED) {
        return false;
    }
    return span->kind == KIND_HEADER || frame->state->bytes.shows != BYTES_INDEX ||
           (span->kind == KIND_FREE && in_free_field(frame->model, span, off));
}

static void memory_words(const struct grid_pen *pen, const struct model_span *span, uint32_t off, char *words, size_t size)
{
    uint8_t byte = pen->frame->model->memory[off];
    bool ascii = pen->frame->state->bytes.shows == BYTES_ASCII && span->kind != KIND_HEADER;
    if (!ascii) {
        snprintf(words, size, "%02X", (unsigned)byte);
    } else if (byte >= ' ' && byte < 127) {
        snprintf(words, size, "%c", (char)byte);
    } else {
        snprintf(words, size, "\u00b7");
    }
}

/* The payload's index: every byte's where its digits have room, else every fourth's, which may reach into the cells behind. */
static void index_words(const struct grid_pen *pen, const struct model_span *span, uint32_t off, char *words, size_t size)
{
    uint32_t index = off - pen->frame->model->blocks[span->block].payload_off;
    snprintf(words, size, "%u", (unsigned)index);
    bool room = text_width(pen->frame->list->text, FACE_MONO, pen->text.size, words) + PAD + pen->frame->screen->unit <= pen->cell;
    if (index % 4 != 0 && !(room && span->block == pen->anchor->block)) {
        words[0] = '\0';
    }
}

/* Writes a byte's words in its cell, or from there on up to `end`, where its span's row ends; on a pattern they stand on a plate. */
static void draw_words(const struct grid_pen *pen, uint32_t off, int end, struct draw_style look, const char *words)
{
    const struct frame *frame = pen->frame;
    int x = x_of(pen, off), y = y_of(pen, off), line = frame->screen->unit;
    int w = text_width(frame->list->text, FACE_MONO, pen->text.size, words);
    bool wide = w > pen->cell - line;
    if (words[0] == '\0' || (wide && x + PAD + w > end)) {
        return;
    }
    if (look.tile != TILE_SOLID) {
        draw_fill(frame->list, rect_make(x, y + pen->inner / 5, pen->cell - line, pen->inner - 2 * (pen->inner / 5)), look.fill);
    }
    struct text_style text = pen->text;
    text.colour = theme_label_ink(look.fill);
    draw_text(frame->list, wide ? x + PAD : x + (pen->cell - line) / 2, baseline_in(frame, y, pen->inner, 11), wide ? ALIGN_LEFT : ALIGN_CENTRE,
              text, words);
}

/* ---- spans ---- */

static void draw_piece(const struct grid_pen *pen, const struct model_span *span, uint32_t from, uint32_t to)
{
    const struct frame *frame = pen->frame;
    struct draw_style look = look_of(pen, span);
    int x = x_of(pen, from), y = y_of(pen, from), line = frame->screen->unit, w = (int)(to - from) * pen->cell;
    bool cells = span->kind != KIND_FREE && span->kind != KIND_CONTROL && span->kind != KIND_RESERVED;
    char words[16];
    draw_pattern(frame->list, rect_make(x, y, w, pen->inner), look, frame->screen->unit, pen->grid->x, y);
    if (cells || to == span->off + span->size) {
        draw_fill(frame->list, rect_make(x + w - line, y, line, pen->inner), frame->theme->well);
    }
    for (uint32_t off = from; off < to; off++) {
        bool memory = shows_memory(pen, span, off);
        if (off + 1 < to && (cells || memory)) {
            draw_fill(frame->list, rect_make(x_of(pen, off) + pen->cell - line, y, line, pen->inner), frame->theme->well);
        }
    }
    for (uint32_t off = from; off < to; off++) {
        words[0] = '\0';
        if (shows_memory(pen, span, off)) {
            memory_words(pen, span, off, words, sizeof words);
        } else if (span->kind == KIND_PAYLOAD && span->block != MODEL_NONE) {
            index_words(pen, span, off, words, sizeof words);
        }
        draw_words(pen, off, x + w, look, words);
    }
}

static void draw_spans(const struct grid_pen *pen)
{
    const struct model *model = pen->frame->model;
    uint32_t first = pen->grid->first, end = first + pen->grid->bytes;
    for (uint32_t i = model_span_at(model, first); i < model->span_count && model->spans[i].off < end; i++) {
        const struct model_span *span = &model->spans[i];
        uint32_t from = span->off > first ? span->off : first, to = span->off + span->size < end ? span->off + span->size : end;
        while (from < to) {
            uint32_t row_end = from - (from - first) % BYTES_A_ROW + BYTES_A_ROW;
            draw_piece(pen, span, from, row_end < to ? row_end : to);
            from = row_end < to ? row_end : to;
        }
    }
}

/* Around what is shown of [off, off + size); open where it goes on above or below. */
static void draw_outline(const struct grid_pen *pen, uint32_t off, uint32_t size, int thick, uint32_t colour)
{
    const struct frame *frame = pen->frame;
    int by = 2 * frame->screen->unit;
    uint64_t end = (uint64_t)pen->grid->first + pen->grid->bytes;
    struct rect clip = rect_inflate(frame->screen->map, by);
    if (off < pen->grid->first) {
        clip = rect_make(clip.x + by, clip.y + by, clip.w - by, clip.h - by);
    }
    if ((uint64_t)off + size > end) {
        clip.w -= by;
        clip.h -= by;
    }
    draw_clip(frame->list, clip);
    map_outline(frame, off, size, thick, colour);
    draw_unclip(frame->list);
}

static void draw_outlines(const struct grid_pen *pen)
{
    const struct frame *frame = pen->frame;
    const struct model *model = frame->model;
    if (model->largest_bytes > 0) {
        draw_outline(pen, model->largest_off, model->largest_bytes, 2, frame->theme->ok);
    }
    for (uint32_t i = 0; i < frame->pins.count; i++) {
        const struct model_block *pin = &model->blocks[frame->pins.first_block + i];
        draw_outline(pen, pin->off, pin->size, 2, frame->theme->fail);
    }
    bool largest = pen->anchor->block == MODEL_NONE && pen->anchor->off == model->largest_off && model->largest_bytes > 0;
    if (pen->anchor->size > 0 && !largest) {
        draw_outline(pen, pen->anchor->off, pen->anchor->size, 2, frame->theme->focus);
    }
    if (frame->pointed_block != MODEL_NONE && frame->pointed_block != pen->anchor->block) {
        const struct model_block *pointed = &model->blocks[frame->pointed_block];
        draw_outline(pen, pointed->off, pointed->size, 1, frame->theme->ink);
    }
}

/* ---- around the rows ---- */

/* Which of index, hex and ASCII is shown. Returns its left edge. */
static int draw_choice(const struct frame *frame)
{
    static const char *const names[BYTES_SHOWS] = {"index", "hex", "ASCII"};
    const struct theme *theme = frame->theme;
    int pad = px(frame, 8), h = px(frame, 20), y = frame->screen->map_head.y + px(frame, 1), width = 0, widths[BYTES_SHOWS];
    for (int i = 0; i < BYTES_SHOWS; i++) {
        widths[i] = text_width(frame->list->text, FACE_SEMIBOLD, px(frame, 11), trs(frame, names[i])) + 2 * pad;
        width += widths[i];
    }
    int left = frame->screen->map.x + frame->screen->map.w - width, x = left;
    draw_fill(frame->list, rect_make(x, y, width, h), theme->surface);
    for (int i = 0; i < BYTES_SHOWS; i++) {
        bool chosen = (int)frame->state->bytes.shows == i;
        if (chosen) {
            draw_fill(frame->list, rect_make(x, y, widths[i], h), theme->ink);
        }
        draw_text(frame->list, x + widths[i] / 2, baseline_in(frame, y, h, 11), ALIGN_CENTRE,
                  style(frame, chosen ? FACE_SEMIBOLD : FACE_REGULAR, 11, chosen ? theme->bg : theme->ink2), trs(frame, names[i]));
        pane_hit(frame, rect_make(x, y, widths[i], h), HIT_VIEW, (uint32_t)i);
        x += widths[i];
    }
    draw_frame(frame->list, rect_make(left, y, width, h), 1, theme->line2);
    return left;
}

/* Which kinds stand in the rows: bit k for kind k. */
static uint32_t kinds_shown(const struct grid_pen *pen)
{
    const struct model *model = pen->frame->model;
    uint32_t kinds = 0, end = pen->grid->first + pen->grid->bytes;
    for (uint32_t i = model_span_at(model, pen->grid->first); i < model->span_count && model->spans[i].off < end; i++) {
        kinds |= UINT32_C(1) << model->spans[i].kind;
    }
    return kinds;
}

/* All kinds but the reserved, which is rare; where that is too wide, or where it is there, the kinds that are. Payload's bytes are not the
 * program's: whoever reads them must know. */
static void draw_legend(const struct grid_pen *pen, int left, int right)
{
    static const enum kind order[] = {KIND_HEADER, KIND_PAYLOAD, KIND_SLACK, KIND_FREE, KIND_CONTROL, KIND_RESERVED};
    const struct frame *frame = pen->frame;
    uint32_t shown = kinds_shown(pen), usual = shown | ((1u << KIND_COUNT) - 1 - (1u << KIND_RESERVED)), wanted[] = {usual, shown};
    struct legend_item items[KIND_COUNT];
    int count = 0;
    for (int i = 0; i < 2 && (i == 0 || pane_legend_width(frame, items, count) > right - left); i++) {
        count = 0;
        for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
            enum kind kind = order[k];
            bool stale = kind == KIND_PAYLOAD && frame->state->bytes.shows != BYTES_INDEX;
            if (wanted[i] >> kind & 1) {
                struct draw_style fill = frame->theme->kinds[kind];
                fill.tile = kind == KIND_HEADER ? TILE_SOLID : fill.tile; /* as in the rows */
                items[count++] = (struct legend_item){stale ? tr(frame, WORD_BYTES_STALE) : trs(frame, kind_names[kind]), fill,
                                                      kind == KIND_FREE ? frame->theme->line2 : 0};
            }
        }
    }
    pane_legend(frame, left, right, frame->screen->map_head.y, items, count);
}

static void draw_head(const struct grid_pen *pen)
{
    const struct frame *frame = pen->frame;
    const struct theme *theme = frame->theme;
    uint64_t first = frame->model->arena_base + pen->grid->first;
    char words[240];
    snprintf(words, sizeof words, tr(frame, WORD_BYTES_SUBTITLE), (unsigned)BYTES_A_ROW, format_address(first).s,
             format_address(first + pen->grid->bytes - 1).s);
    int after = pane_title(frame, frame->screen->map.x, frame->screen->map_head.y, tr(frame, WORD_TAB_BYTES), words);
    draw_legend(pen, after, draw_choice(frame) - px(frame, 14));
    int baseline = frame->screen->map.y - px(frame, 5);
    for (uint32_t i = 0; i < BYTES_A_ROW; i += 4) {
        snprintf(words, sizeof words, "+%02X", (unsigned)i);
        draw_text(frame->list, pen->grid->x + (int)i * pen->cell + 2, baseline, ALIGN_LEFT, style(frame, FACE_MONO, 11, theme->ink3), words);
    }
    for (int row = 0; row < pen->grid->rows; row++) {
        pane_gutter(frame, pen->grid->y + row * pen->grid->pitch + pen->inner / 2, format_address(first + (uint64_t)row * BYTES_A_ROW).s, false);
    }
}

void bytes_grid_draw(const struct frame *frame, const struct bytes_subject *anchor)
{
    struct grid_pen pen = pen_of(frame, anchor);
    draw_head(&pen);
    draw_fill(frame->list, frame->screen->map, frame->theme->well);
    draw_spans(&pen);
    draw_outlines(&pen);
    pane_hit(frame, frame->screen->map, HIT_MAP, 0);
}
