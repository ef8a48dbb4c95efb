/* why_bins.c: how the policy itself keeps its free blocks: bitmaps, orders, slots, one list. */
#include <stdio.h>

#include "why.h"

#define CLASSES 64

static int label_width(const struct frame *frame) { return px(frame, 70); }

static bool holds_wanted(const struct why *why, uint32_t least, uint32_t most)
{
    uint64_t needs = why->kind == WHY_FAILED || why->kind == WHY_SERVED ? why_needs(why) : 0;
    return needs > 0 && least <= needs && needs <= most;
}

static struct text_number size_label(uint32_t bytes) { return bytes >= 10240 && bytes % 1024 == 0 ? format_size(bytes) : format_count(bytes); }

/* Rows of a two-level table that have something to show, as [*first, *last]. */
static void used_rows(const struct model_bins *bins, const struct why *why, uint32_t *first, uint32_t *last)
{
    *first = MODEL_NONE;
    *last = 0;
    for (uint32_t i = 0; i < bins->bin_count; i++) {
        const struct model_bin *bin = &bins->bins[i];
        if (bin->count > 0 || bin->bit || holds_wanted(why, bin->least, bin->most)) {
            *first = bin->row < *first ? bin->row : *first;
            *last = bin->row > *last ? bin->row : *last;
        }
    }
}

/* A class: filled if its bit is set, with its blocks counted where there is room; the wanted one is framed. */
static void draw_class(const struct frame *frame, const struct why *why, const struct model_bin *bin, struct rect cell)
{
    struct text_style mono = style(frame, FACE_MONO, 11, theme_label_ink(frame->theme->ink2));
    struct rect inner = rect_make(cell.x, cell.y, cell.w - 1, cell.h - 1);
    draw_fill(frame->list, inner, bin->bit ? frame->theme->ink2 : frame->theme->well);
    if (!bin->bit) {
        draw_frame(frame->list, inner, 1, frame->theme->line);
    }
    const struct text_number count = format_count(bin->count);
    if (bin->bit && cell.h >= px(frame, 13) && why_width(frame, mono, count.s) + px(frame, 4) <= inner.w) {
        draw_text(frame->list, inner.x + inner.w / 2, baseline_in(frame, inner.y, inner.h, 11), ALIGN_CENTRE, mono, count.s);
    }
    if (holds_wanted(why, bin->least, bin->most)) {
        draw_frame(frame->list, rect_inflate(inner, -1), 2 * frame->screen->unit, frame->theme->well); /* apart from the fill */
        draw_frame(frame->list, rect_inflate(inner, 1), 2 * frame->screen->unit, why_accent(frame, why));
    }
}

/* A size class or an order under the mouse. */
static void name_bin(const struct frame *frame, const struct why *why, struct rect area, uint32_t index)
{
    const struct model_bin *bin = &frame->model->bins.bins[index];
    char *words = why_spot(frame, why, area, HIT_PART, WHY_PART_BIN + index), least[FORMAT_MAX], most[FORMAT_MAX];
    if (words) {
        snprintf(least, sizeof least, "%s", format_count(bin->least).s);
        snprintf(most, sizeof most, "%s", format_bytes(bin->most).s);
        snprintf(words, WHY_TAG_MAX, tr(frame, bin->bit ? WORD_WHY_SPOT_SET : WORD_WHY_SPOT_CLEAR), least, most, format_count(bin->count).s);
    }
}

static void draw_two_level(const struct frame *frame, const struct why *why, struct rect area)
{
    const struct model_bins *bins = &frame->model->bins;
    uint32_t first, last;
    used_rows(bins, why, &first, &last);
    if (first == MODEL_NONE || bins->columns == 0) {
        return;
    }
    int fit = area.h / px(frame, 13), rows = (int)(last - first) + 1;
    if (rows > fit) {
        first = last - (uint32_t)fit + 1;
        rows = fit;
    }
    int pitch = area.h / rows < px(frame, 24) ? area.h / rows : px(frame, 24), count_w = px(frame, 54), side = px(frame, 9);
    int left = area.x + label_width(frame) + px(frame, 24), w = area.x + area.w - count_w - left;
    uint32_t row_now = MODEL_NONE, blocks = 0;
    for (uint32_t i = 0; i <= bins->bin_count; i++) {
        const struct model_bin *bin = i < bins->bin_count ? &bins->bins[i] : NULL;
        if (bin && (bin->row < first || bin->row > last)) {
            continue;
        }
        if (!bin || bin->row != row_now) {
            int y = area.y + (int)(row_now - first) * pitch;
            if (row_now != MODEL_NONE) {
                pane_bit(frame, rect_make(area.x + label_width(frame) + px(frame, 8), y + (pitch - side) / 2, side, side), blocks > 0);
                draw_text(frame->list, area.x + area.w, baseline_in(frame, y, pitch, 11), ALIGN_RIGHT,
                          style(frame, FACE_MONO, 11, frame->theme->ink2), format_count(blocks).s);
            }
            if (!bin) {
                break;
            }
            row_now = bin->row;
            blocks = 0;
            draw_text(frame->list, area.x + label_width(frame), baseline_in(frame, area.y + (int)(row_now - first) * pitch, pitch, 11), ALIGN_RIGHT,
                      style(frame, FACE_MONO, 11, frame->theme->ink3), size_label(bin->least).s);
        }
        blocks += bin->count;
        int x0 = left + (int)(bin->column * (uint32_t)w / bins->columns), x1 = left + (int)((bin->column + 1) * (uint32_t)w / bins->columns);
        struct rect cell = rect_make(x0, area.y + (int)(row_now - first) * pitch, x1 - x0, pitch - px(frame, 2));
        draw_class(frame, why, bin, cell);
        name_bin(frame, why, cell, i);
    }
}

/* ---- classes whose bits are one word ---- */

static bool looked_into(const struct model_search *search, const struct model_bin *bin)
{
    for (uint32_t i = 0; search->made && i < search->count; i++) {
        const struct model_step *step = &search->steps[i];
        if (step->kind == MODEL_STEP_VISIT && bin->least <= step->bytes && step->bytes <= bin->most) {
            return true;
        }
    }
    return false;
}

/* The word itself: a bit a class, in their order. */
static void draw_word(const struct frame *frame, const struct why *why, struct rect row, int left, int w)
{
    const struct model_bins *bins = &frame->model->bins;
    struct text_style mono = style(frame, FACE_MONO, 11, frame->theme->ink2);
    int set = 0, h = px(frame, 9), y = row.y + (row.h - h) / 2;
    for (uint32_t i = 0; i < bins->bin_count; i++) {
        int x0 = left + (int)(i * (uint32_t)w / bins->bin_count), x1 = left + (int)((i + 1) * (uint32_t)w / bins->bin_count);
        struct rect cell = rect_make(x0, y, x1 - x0 - 4, h);
        pane_bit(frame, cell, bins->bins[i].bit);
        if (holds_wanted(why, bins->bins[i].least, bins->bins[i].most)) {
            draw_frame(frame->list, rect_inflate(cell, 1 + frame->screen->unit), frame->screen->unit, why_accent(frame, why));
        }
        name_bin(frame, why, rect_make(x0, row.y, x1 - x0, row.h), i);
        set += bins->bins[i].bit;
    }
    draw_text(frame->list, row.x + label_width(frame), baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT,
              style(frame, FACE_REGULAR, 11, frame->theme->ink3), tr(frame, WORD_WHY_ONE_WORD));
    draw_text(frame->list, row.x + row.w, baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT, mono, format_count((uint64_t)set).s);
}

/* A bin of many sizes says which, where it has room beside the count. */
static void draw_range(const struct frame *frame, const struct model_bin *bin, struct rect cell)
{
    char range[2 * FORMAT_MAX];
    struct text_style mono = style(frame, FACE_MONO, 11, bin->bit ? theme_label_ink(frame->theme->ink2) : frame->theme->ink3);
    int n = snprintf(range, sizeof range, "%s", format_count(bin->least).s);
    snprintf(range + n, sizeof range - (size_t)n, "\u2013%s", format_count(bin->most).s);
    if (bin->least != bin->most && cell.h >= px(frame, 13) && 2 * (why_width(frame, mono, range) + px(frame, 26)) <= cell.w) {
        draw_text(frame->list, cell.x + px(frame, 6), baseline_in(frame, cell.y, cell.h - 1, 11), ALIGN_LEFT, mono, range);
    }
}

static uint32_t columns_of(const struct model_bins *bins, uint32_t from)
{
    uint32_t count = 0;
    while (from + count < bins->bin_count && bins->bins[from + count].row == bins->bins[from].row) {
        count++;
    }
    return count;
}

static void draw_class_row(const struct frame *frame, const struct why *why, struct rect row, uint32_t from, uint32_t count, int left, int w)
{
    const struct model_bins *bins = &frame->model->bins;
    uint32_t blocks = 0;
    for (uint32_t i = from; i < from + count; i++) {
        const struct model_bin *bin = &bins->bins[i];
        int x0 = left + (int)((i - from) * (uint32_t)w / count), x1 = left + (int)((i - from + 1) * (uint32_t)w / count);
        struct rect cell = rect_make(x0, row.y, x1 - x0, row.h - px(frame, 2));
        draw_class(frame, why, bin, cell);
        draw_range(frame, bin, cell);
        if (looked_into(&frame->model->search, bin)) {
            draw_fill(frame->list, rect_make(cell.x, cell.y + cell.h - 1, cell.w - 1, 2 * frame->screen->unit), frame->theme->ink);
        }
        name_bin(frame, why, cell, i);
        blocks += bin->count;
    }
    draw_text(frame->list, row.x + label_width(frame), baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT,
              style(frame, FACE_MONO, 11, frame->theme->ink3), size_label(bins->bins[from].least).s);
    draw_text(frame->list, row.x + row.w, baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT, style(frame, FACE_MONO, 11, frame->theme->ink2),
              format_count(blocks).s);
}

static void draw_classes(const struct frame *frame, const struct why *why, struct rect area)
{
    const struct model_bins *bins = &frame->model->bins;
    uint32_t first, last;
    used_rows(bins, why, &first, &last);
    int fit = area.h / px(frame, 13) - 1, rows = first == MODEL_NONE ? 0 : (int)(last - first) + 1;
    if (rows > fit) {
        rows = fit > 0 ? fit : 0;
        first = last - (uint32_t)rows + 1;
    }
    int pitch = area.h / (rows + 1) < px(frame, 24) ? area.h / (rows + 1) : px(frame, 24);
    int left = area.x + label_width(frame) + px(frame, 12), w = area.x + area.w - px(frame, 54) - left;
    draw_word(frame, why, rect_make(area.x, area.y, area.w, pitch), left, w);
    for (uint32_t i = 0, count; rows > 0 && i < bins->bin_count; i += count) {
        count = columns_of(bins, i);
        if (bins->bins[i].row >= first && bins->bins[i].row <= last) {
            int y = area.y + ((int)(bins->bins[i].row - first) + 1) * pitch;
            draw_class_row(frame, why, rect_make(area.x, y, area.w, pitch), i, count, left, w);
        }
    }
}

/* ---- orders ---- */

static void draw_order(const struct frame *frame, const struct why *why, const struct model_bin *bin, struct rect row, uint64_t most)
{
    int side = px(frame, 9), count_w = px(frame, 54), left = row.x + label_width(frame) + px(frame, 28), room = row.x + row.w - count_w - left;
    int cell_h = row.h - px(frame, 4) < px(frame, 24) ? row.h - px(frame, 4) : px(frame, 24), top = row.y + (row.h - cell_h) / 2;
    bool wanted = holds_wanted(why, bin->least, bin->most);
    draw_text(frame->list, row.x + label_width(frame), baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT,
              style(frame, FACE_MONO, 11, wanted ? frame->theme->ink : frame->theme->ink3), size_label(bin->most).s);
    pane_bit(frame, rect_make(row.x + label_width(frame) + px(frame, 8), row.y + (row.h - side) / 2, side, side), bin->bit);
    int w = (int)((uint64_t)bin->count * bin->most * (uint64_t)room / most);
    if (bin->count > 0 && (uint32_t)w / bin->count >= 3) {
        for (uint32_t i = 0; i < bin->count; i++) {
            int x = left + (int)((uint64_t)w * i / bin->count), end = left + (int)((uint64_t)w * (i + 1) / bin->count);
            why_cell(frame, rect_make(x, top, end - x, cell_h));
        }
    } else if (bin->count > 0) {
        draw_fill(frame->list, rect_make(left, top, w < 1 ? 1 : w, cell_h), frame->theme->line2);
    }
    if (wanted) {
        int box = w > px(frame, 28) ? w : px(frame, 28);
        int thick = 2 * frame->screen->unit;
        draw_frame(frame->list, rect_make(left - thick, top - 1, box + 2 * thick, cell_h + 2), thick, why_accent(frame, why));
        if (bin->count == 0) {
            draw_text(frame->list, left + box + px(frame, 10), baseline_in(frame, row.y, row.h, 11), ALIGN_LEFT,
                      style(frame, FACE_REGULAR, 11, why_accent(frame, why)), tr(frame, WORD_STAGE_WANTED));
        }
    }
    draw_text(frame->list, row.x + row.w, baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT, style(frame, FACE_MONO, 11, frame->theme->ink2),
              format_count(bin->count).s);
}

static void draw_orders(const struct frame *frame, const struct why *why, struct rect area)
{
    const struct model_bins *bins = &frame->model->bins;
    uint32_t first, last;
    uint64_t most = 1;
    used_rows(bins, why, &first, &last);
    int fit = area.h / px(frame, 14);
    if (first == MODEL_NONE) {
        return;
    }
    first = (int)(last - first) + 1 > fit ? last - (uint32_t)fit + 1 : first;
    for (uint32_t i = first; i <= last && i < bins->bin_count; i++) {
        uint64_t bytes = (uint64_t)bins->bins[i].count * bins->bins[i].most;
        most = bytes > most ? bytes : most;
    }
    int rows = (int)(last - first) + 1, pitch = area.h / rows < px(frame, 34) ? area.h / rows : px(frame, 34);
    for (uint32_t i = first; i <= last && i < bins->bin_count; i++) {
        struct rect row = rect_make(area.x, area.y + (int)(i - first) * pitch, area.w, pitch);
        draw_order(frame, why, &bins->bins[i], row, most);
        name_bin(frame, why, why_row_spot(frame, row), i);
    }
}

/* ---- slots ---- */

struct slots { uint32_t bytes, slabs; uint64_t slots, used; };

static int slot_classes(const struct model_bins *bins, struct slots *list)
{
    int count = 0;
    for (uint32_t i = 0; i < bins->slab_count; i++) {
        const struct model_slab *slab = &bins->slabs[i];
        int at = 0;
        while (at < count && list[at].bytes < slab->slot_bytes) {
            at++;
        }
        if (at == count || list[at].bytes != slab->slot_bytes) {
            if (count == CLASSES) {
                continue;
            }
            for (int k = count++; k > at; k--) {
                list[k] = list[k - 1];
            }
            list[at] = (struct slots){.bytes = slab->slot_bytes};
        }
        list[at].slabs++;
        list[at].slots += slab->slots;
        list[at].used += slab->used;
    }
    return count;
}

static void draw_slots(const struct frame *frame, const struct why *why, struct rect area)
{
    struct slots list[CLASSES];
    int count = slot_classes(&frame->model->bins, list), fit = area.h / px(frame, 14), note_w = px(frame, 110);
    int from = count > fit ? count - fit : 0, rows = count - from, pitch = rows > 0 && area.h / rows < px(frame, 34) ? area.h / rows : px(frame, 34);
    int left = area.x + label_width(frame) + px(frame, 12), room = area.x + area.w - note_w - left;
    bool framed = false;
    uint64_t needs = why->kind == WHY_FAILED || why->kind == WHY_SERVED ? why->wanted : 0;
    for (int i = from; i < count; i++) {
        struct rect row = rect_make(area.x, area.y + (i - from) * pitch, area.w, pitch);
        int cell_h = pitch - px(frame, 4) < px(frame, 20) ? pitch - px(frame, 4) : px(frame, 20), top = row.y + (row.h - cell_h) / 2;
        int used = list[i].slots ? (int)(list[i].used * (uint64_t)room / list[i].slots) : 0;
        bool wanted = count == 1 && needs > 0 && !framed && needs <= list[i].bytes; /* of several sizes it is not told which is meant */
        used = list[i].used > 0 && used == 0 ? 1 : used;
        char words[80];
        framed = framed || wanted;
        draw_text(frame->list, area.x + label_width(frame), baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT,
                  style(frame, FACE_MONO, 11, wanted ? frame->theme->ink : frame->theme->ink3), format_bytes(list[i].bytes).s);
        draw_fill(frame->list, rect_make(left, top, used, cell_h), frame->theme->kinds[KIND_PAYLOAD].fill);
        draw_pattern(frame->list, rect_make(left + used, top, room - used, cell_h), frame->theme->kinds[KIND_FREE], frame->screen->unit, left, top);
        draw_frame(frame->list, rect_make(left, top, room, cell_h), wanted ? 2 * frame->screen->unit : 1,
                   wanted ? why_accent(frame, why) : frame->theme->line2);
        int n = snprintf(words, sizeof words, "%s", format_count(list[i].used).s);
        snprintf(words + n, sizeof words - (size_t)n, " / %s", format_count(list[i].slots).s);
        draw_text(frame->list, area.x + area.w, baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT, style(frame, FACE_MONO, 11, frame->theme->ink2),
                  words);
        char *tag = why_spot(frame, why, why_row_spot(frame, row), HIT_PART, WHY_PART_SLOTS + (uint32_t)i);
        if (tag) {
            snprintf(tag, WHY_TAG_MAX, tr(frame, WORD_WHY_SPOT_SLOTS), format_bytes(list[i].bytes).s, words, format_count(list[i].slabs).s);
        }
    }
}

/* ---- one list ---- */

static void draw_list(const struct frame *frame, const struct why *why, struct rect area)
{
    const struct model_bins *bins = &frame->model->bins;
    int pitch = px(frame, 26), rows = area.h / pitch, row = 0;
    uint64_t all = 0, sum = 0;
    for (uint32_t i = 0; i < bins->block_count; i++) {
        all += bins->blocks[i].bytes;
    }
    if (all == 0 || rows == 0) {
        return;
    }
    int64_t length = (int64_t)rows * area.w, at = 0;
    for (uint32_t i = 0; i < bins->block_count && row < rows; i++) {
        sum += bins->blocks[i].bytes;
        int64_t end = (int64_t)(sum * (uint64_t)length / all);
        while (at < end && row < rows) { /* a cell goes on in the next row */
            int64_t row_end = (int64_t)(row + 1) * area.w, to = end < row_end ? end : row_end;
            struct rect cell = rect_make(area.x + (int)(at - (int64_t)row * area.w), area.y + row * pitch, (int)(to - at), pitch - px(frame, 4));
            why_cell(frame, cell);
            char *words = cell.w >= 3 ? why_spot(frame, why, cell, HIT_VIEW, bins->blocks[i].off) : NULL;
            if (words) {
                why_hole_words(frame, why, bins->blocks[i], words);
            }
            at = to;
            row += at == row_end;
        }
    }
}

void why_bins_draw(const struct frame *frame, const struct why *why, struct rect area)
{
    static const struct { const char *title, *says; } heads[] = {
        [MODEL_BINS_NONE] = {"The free list", NULL},
        [MODEL_BINS_LIST] = {"The free list", "in list order, a cell is one hole"},
        [MODEL_BINS_ORDERS] = {"The policy's orders", "a square is the bit, a cell is a free block"},
        [MODEL_BINS_TWO_LEVEL] = {"The policy's bitmaps", "a cell is a class, filled if its bit is set"},
        [MODEL_BINS_CLASSES] = {"The policy's bins", "a cell is a bin, filled if its bit is set; underlined: looked into"},
        [MODEL_BINS_SLABS] = {"Slots in use", "by slot size"},
    };
    enum model_bins_kind kind = frame->model->bins.kind;
    int head = px(frame, 24);
    struct rect room = rect_make(area.x, area.y + head, area.w, area.h - head);
    why_title(frame, area.x, area.x + area.w, area.y, heads[kind].title, heads[kind].says);
    switch (kind) {
    case MODEL_BINS_LIST: draw_list(frame, why, room); break;
    case MODEL_BINS_ORDERS: draw_orders(frame, why, room); break;
    case MODEL_BINS_TWO_LEVEL: draw_two_level(frame, why, room); break;
    case MODEL_BINS_CLASSES: draw_classes(frame, why, room); break;
    case MODEL_BINS_SLABS: draw_slots(frame, why, room); break;
    case MODEL_BINS_NONE:
        draw_text(frame->list, room.x, room.y + px(frame, 16), ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink2),
                  tr(frame, WORD_WHY_UNTOLD));
        break;
    }
}
