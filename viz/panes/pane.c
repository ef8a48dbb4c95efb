/* pane.c: titles, swatches, legends, gutter labels and marks, drawn alike in every pane. */
#include "pane.h"

#include <stdio.h>
#include <string.h>

void pane_fit_text(const struct frame *frame, struct text_style text, const char *name, int width, char *out, size_t size)
{
    size_t len = strlen(name);
    snprintf(out, size, "%s", name);
    while (len > 1 && text_width(frame->list->text, text.face, text.size, out) > width) {
        len--;
        while (len > 1 && ((unsigned char)name[len] & 0xC0) == 0x80) {
            len--;
        }
        if (len + 4 < size) {
            snprintf(out, size, "%.*s\u2026", (int)len, name);
        }
    }
}

int pane_title(const struct frame *frame, int x, int y, const char *title, const char *subtitle)
{
    int baseline = y + px(frame, 14);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink), trs(frame, title));
    if (!subtitle || frame->screen->compact) {
        return x;
    }
    x += px(frame, 10);
    return x + draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 11, frame->theme->ink3), trs(frame, subtitle));
}

void pane_swatch(const struct frame *frame, int x, int y, int size, struct draw_style fill)
{
    draw_pattern(frame->list, rect_make(x, y, size, size), fill, frame->screen->unit, x, y);
    if (theme_contrast(fill.fill, frame->theme->bg) < 1.35) {
        draw_frame(frame->list, rect_make(x, y, size, size), 1, frame->theme->line2);
    }
}

int pane_legend_width(const struct frame *frame, const struct legend_item *items, int count)
{
    int width = -px(frame, 14);
    for (int i = 0; i < count; i++) {
        width += px(frame, 10) + px(frame, 6) + px(frame, 14) + text_width(frame->list->text, FACE_REGULAR, px(frame, 11), items[i].text);
    }
    return width;
}

void pane_legend(const struct frame *frame, int left, int right, int y, const struct legend_item *items, int count)
{
    int swatch = px(frame, 10), before_text = px(frame, 6), between = px(frame, 14);
    struct text_style text = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int x = right - pane_legend_width(frame, items, count), baseline = y + px(frame, 14);
    if (x < left + between) {
        return;
    }
    for (int i = 0; i < count; i++) {
        int top = baseline - swatch + px(frame, 1);
        draw_pattern(frame->list, rect_make(x, top, swatch, swatch), items[i].fill, frame->screen->unit, x, top);
        if (items[i].line) {
            draw_fill(frame->list, rect_make(x, top + swatch - frame->screen->unit, swatch, frame->screen->unit), items[i].line);
        }
        x += swatch + before_text;
        x += draw_text(frame->list, x, baseline, ALIGN_LEFT, text, items[i].text) + between;
    }
}

void pane_gutter(const struct frame *frame, int y, const char *text, bool tick)
{
    int left = frame->screen->map.h > 0 ? frame->screen->map.x : frame->screen->strip.x;
    int right = left - px(frame, 8), half = text_cap_height(px(frame, 11)) / 2;
    draw_text(frame->list, right, y + half, ALIGN_RIGHT, style(frame, FACE_MONO, 11, frame->theme->ink3), text);
    if (tick) {
        draw_fill(frame->list, rect_make(left - px(frame, 6), y, px(frame, 4), 1), frame->theme->line2);
    }
}

void pane_bit(const struct frame *frame, struct rect cell, bool bit)
{
    if (bit) {
        draw_fill(frame->list, cell, frame->theme->ink2);
    } else {
        draw_frame(frame->list, cell, 1, frame->theme->line2);
    }
}

int pane_key(const struct frame *frame, int x, int y, int h, const char *shown)
{
    struct text_style mono = style(frame, FACE_MONO, 11, frame->theme->ink2);
    int box = px(frame, 16), w = text_width(frame->list->text, mono.face, mono.size, shown) + px(frame, 8), top = y + (h - box) / 2;
    draw_frame(frame->list, rect_make(x, top, w, box), frame->screen->unit, frame->theme->line2);
    draw_text(frame->list, x + w / 2, baseline_in(frame, top, box, 11), ALIGN_CENTRE, mono, shown);
    return x + w;
}

uint32_t pane_mark_colour(const struct frame *frame, enum mark_kind kind)
{
    switch (kind) {
    case MARK_FAILURE: return frame->theme->fail;
    case MARK_LEAST_LARGEST: return frame->theme->ok;
    case MARK_PEAK: return frame->theme->ink;
    default: return frame->theme->ink2;
    }
}

void pane_mark(const struct frame *frame, enum mark_kind kind, int cx, int cy, int size)
{
    static const enum draw_shape shapes[] = {[MARK_PHASE] = SHAPE_FLAG, [MARK_PEAK] = SHAPE_UP, [MARK_LEAST_LARGEST] = SHAPE_DOWN,
                                             [MARK_LONGEST_SEARCH] = SHAPE_DISC, [MARK_FAILURE] = SHAPE_DIAMOND};
    int grow = kind == MARK_FAILURE ? px(frame, 2) : 0; /* a diamond of the same box looks smaller */
    int side = size + grow;
    int h = kind == MARK_PEAK || kind == MARK_LEAST_LARGEST ? side - px(frame, 1) : side;
    draw_shape(frame->list, shapes[kind], rect_make(cx - side / 2, cy - h / 2, side, h), pane_mark_colour(frame, kind));
}

void pane_hit(const struct frame *frame, struct rect area, enum hit_kind kind, uint32_t value)
{
    if (frame->hits->count < HITS_MAX) {
        frame->hits->list[frame->hits->count++] = (struct hit){area, kind, value};
    }
}

struct hit hits_at(const struct hits *hits, int x, int y)
{
    for (uint32_t i = hits->count; i > 0; i--) {
        if (rect_contains(hits->list[i - 1].area, x, y)) {
            return hits->list[i - 1];
        }
    }
    return (struct hit){{0, 0, 0, 0}, HIT_NONE, 0};
}
