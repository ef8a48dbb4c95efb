/* map_bits.c: the policy's bitmap, bit by bit under the map's rows: 1 filled, 0 outlined, each below its granule.
 *
 * The bits are those of the memory, not of what the spans say they should be. A word that tells a large block's size in place of bits is
 * drawn as one: its cells touch, and step back. Only a layout with room for legible bits has them, so that a map of the whole heap
 * costs and shows nothing more. */
#include "map_bits.h"

#define LABEL_W 20 /* a cell that holds a digit */
#define LABEL_H 11

struct bits_pen {
    const struct frame *frame;
    const struct map_grid *grid;
    const struct tags *tags;
    uint32_t span;            /* the one of the granule that is drawn */
    bool labelled;
};

/* Is the granule's bit part of a word that tells a block's size? `*first`, `*last`: at one of its ends. */
static bool tells_size(struct bits_pen *pen, const struct model_map *map, uint32_t off, bool *first, bool *last)
{
    const struct model *model = pen->frame->model;
    uint32_t from;
    while (pen->span + 1 < model->span_count && model->spans[pen->span + 1].off <= off) {
        pen->span++;
    }
    uint32_t index = pen->span < model->span_count ? model->spans[pen->span].block : MODEL_NONE;
    const struct model_block *block = index == MODEL_NONE ? NULL : &model->blocks[index];
    if (!block || !model_map_size_word(map, block->off, block->size, &from) || off < from || off - from >= 32 * map->granule) {
        return false;
    }
    *first = off == from;
    *last = off - from == 31 * map->granule;
    return true;
}

static void draw_digit(const struct bits_pen *pen, struct rect cell, bool bit, uint32_t colour)
{
    const struct frame *frame = pen->frame;
    int baseline = baseline_in(frame, cell.y, cell.h, 11), lowest = cell.y + cell.h - px(frame, 11) / 5; /* outlines may lie close below */
    if (pen->labelled && cell.w >= px(frame, LABEL_W) && !map_marks_covered(frame, pen->tags, cell)) {
        draw_text(frame->list, cell.x + cell.w / 2, baseline < lowest ? baseline : lowest, ALIGN_CENTRE, style(frame, FACE_MONO, 11, colour),
                  bit ? "1" : "0");
    }
}

/* A bit of a size: no ground between it and its neighbours. */
static void draw_size_bit(const struct bits_pen *pen, struct rect cell, bool bit, bool first, bool last)
{
    const struct frame *frame = pen->frame;
    const struct theme *theme = frame->theme;
    cell.w += last ? 0 : 1;
    if (bit) {
        draw_fill(frame->list, cell, theme->line2);
    }
    draw_fill(frame->list, rect_make(cell.x, cell.y, cell.w, 1), theme->line2);
    draw_fill(frame->list, rect_make(cell.x, cell.y + cell.h - 1, cell.w, 1), theme->line2);
    if (first) {
        draw_fill(frame->list, rect_make(cell.x, cell.y, 1, cell.h), theme->line2);
    }
    if (last) {
        draw_fill(frame->list, rect_make(cell.x + cell.w - 1, cell.y, 1, cell.h), theme->line2);
    }
    draw_digit(pen, cell, bit, bit ? theme_label_ink(theme->line2) : theme->ink3);
}

/* The granule that holds `off`, as far as it lies in [from, to) of one row. */
static void draw_granule(struct bits_pen *pen, const struct model_map *map, uint32_t off, uint32_t row_first, uint32_t to)
{
    const struct frame *frame = pen->frame;
    const struct map_grid *grid = pen->grid;
    uint32_t begin = map->from + (off - map->from) / map->granule * map->granule, word, number;
    uint32_t end = to - begin < map->granule ? to : begin + map->granule;
    int x = grid_x(grid, off - row_first), next_row = grid->y + (grid_row(grid, off) + 1) * grid->pitch;
    struct rect cell = rect_make(x, next_row - grid->gap + (grid->gap - grid->bits) / 2, grid_x(grid, end - row_first) - x - 1, grid->bits);
    bool bit = model_map_bit(frame->model, map, begin, &word, &number), first = false, last = false;
    if (cell.w < 1) {
        return;
    }
    if (tells_size(pen, map, begin, &first, &last)) {
        draw_size_bit(pen, cell, bit, first, last);
        return;
    }
    pane_bit(frame, cell, bit);
    draw_digit(pen, cell, bit, bit ? theme_label_ink(frame->theme->ink2) : frame->theme->ink3);
}

static void draw_row(struct bits_pen *pen, uint32_t from, uint32_t to)
{
    uint32_t off = from;
    while (off < to) {
        const struct model_map *map = model_map_at(pen->frame->model, off);
        if (!map || map->granule > pen->grid->row_bytes) {
            off += 8 - off % 8;
            continue;
        }
        draw_granule(pen, map, off, from, to);
        off += map->granule - (off - map->from) % map->granule;
    }
}

void map_bits_draw(const struct frame *frame, const struct tags *tags)
{
    const struct map_grid *grid = &frame->screen->grid;
    struct bits_pen pen = {.frame = frame, .grid = grid, .tags = tags, .labelled = grid->bits >= px(frame, LABEL_H)};
    if (grid->bits == 0 || !frame->model->memory) {
        return;
    }
    pen.span = model_span_at(frame->model, grid->first);
    pen.span = pen.span == MODEL_NONE ? 0 : pen.span;
    for (int row = 0; row < grid->rows; row++) {
        uint32_t begin = (uint32_t)row * grid->row_bytes, bytes = grid->bytes - begin < grid->row_bytes ? grid->bytes - begin : grid->row_bytes;
        if (begin < grid->bytes) {
            draw_row(&pen, grid->first + begin, grid->first + begin + bytes);
        }
    }
}

/* ---- legend ---- */

/* A large block's size, as draw_size_bit shows it. */
static void draw_size_swatch(const struct frame *frame, struct rect swatch)
{
    draw_frame(frame->list, swatch, 1, frame->theme->line2);
    draw_fill(frame->list, rect_make(swatch.x, swatch.y, swatch.w / 2, swatch.h), frame->theme->line2);
}

void map_bits_legend(const struct frame *frame, int left, int right)
{
    static const enum word names[] = {WORD_MAP_BIT_SET, WORD_MAP_BIT_CLEAR, WORD_MAP_BIT_SIZE};
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int swatch = px(frame, 10), between = px(frame, 6), baseline = frame->screen->map_head.y + px(frame, 14), x = left, wide = 0, count = 0;
    int most = frame->screen->grid.bits == 0 ? 0 : frame->model->maps[0].size_word > 0 ? 3 : 2;
    for (; count < most; count++) {
        int more = swatch + 2 * between + text_width(frame->list->text, small.face, small.size, tr(frame, names[count]));
        if (left + wide + more > right) {
            break;
        }
        wide += more;
    }
    for (int i = 0; i < count && count >= 2; i++) {
        struct rect at = rect_make(x, baseline - swatch + px(frame, 1), swatch, swatch);
        if (i < 2) {
            pane_bit(frame, at, i == 0);
        } else {
            draw_size_swatch(frame, at);
        }
        x += swatch + between;
        x += draw_text(frame->list, x, baseline, ALIGN_LEFT, small, tr(frame, names[i])) + between;
    }
}
