/* drawlist.c: appending to a draw list. Costs: amortised O(1) an operation, O(length) a run of text. */
#include "drawlist.h"

#include <stdlib.h>
#include <string.h>

struct rect rect_intersect(struct rect a, struct rect b)
{
    int x0 = a.x > b.x ? a.x : b.x;
    int y0 = a.y > b.y ? a.y : b.y;
    int x1 = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    int y1 = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    return rect_make(x0, y0, x1 > x0 ? x1 - x0 : 0, y1 > y0 ? y1 - y0 : 0);
}

void drawlist_init(struct drawlist *list, struct text *text)
{
    memset(list, 0, sizeof *list);
    list->text = text;
}

void drawlist_clear(struct drawlist *list)
{
    list->count = 0;
    list->chars_len = 0;
    list->failed = false;
}

void drawlist_free(struct drawlist *list)
{
    free(list->ops);
    free(list->chars);
    drawlist_init(list, NULL);
}

static struct draw_op *push(struct drawlist *list, enum draw_type type, struct rect r, uint32_t argb)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 1024;
        struct draw_op *ops = cap <= SIZE_MAX / sizeof *ops ? realloc(list->ops, cap * sizeof *ops) : NULL;
        if (!ops) {
            list->failed = true;
            return NULL;
        }
        list->ops = ops;
        list->cap = cap;
    }
    struct draw_op *op = &list->ops[list->count++];
    *op = (struct draw_op){.type = (uint8_t)type, .x = r.x, .y = r.y, .w = r.w, .h = r.h, .colour = argb};
    return op;
}

void draw_fill(struct drawlist *list, struct rect r, uint32_t argb)
{
    if (r.w > 0 && r.h > 0 && argb >> 24) {
        push(list, DRAW_FILL, r, argb);
    }
}

void draw_frame(struct drawlist *list, struct rect r, int thickness, uint32_t argb)
{
    int inner = r.h - 2 * thickness;
    draw_fill(list, rect_make(r.x, r.y, r.w, thickness), argb);
    draw_fill(list, rect_make(r.x, r.y + r.h - thickness, r.w, thickness), argb);
    draw_fill(list, rect_make(r.x, r.y + thickness, thickness, inner), argb);
    draw_fill(list, rect_make(r.x + r.w - thickness, r.y + thickness, thickness, inner), argb);
}

void draw_pattern(struct drawlist *list, struct rect r, struct draw_style style, int unit, int anchor_x, int anchor_y)
{
    if (r.w <= 0 || r.h <= 0) {
        return;
    }
    if (style.tile == TILE_SOLID) {
        draw_fill(list, r, style.fill);
        return;
    }
    struct draw_op *op = push(list, DRAW_PATTERN, r, style.fill);
    if (!op) {
        return;
    }
    op->kind = style.tile;
    op->mark = style.mark;
    op->unit = (uint16_t)(unit > 0 ? unit : 1);
    op->ax = anchor_x;
    op->ay = anchor_y;
}

void draw_shape(struct drawlist *list, enum draw_shape shape, struct rect r, uint32_t argb)
{
    struct draw_op *op = r.w > 0 && r.h > 0 ? push(list, DRAW_SHAPE, r, argb) : NULL;
    if (op) {
        op->kind = (uint8_t)shape;
    }
}

void draw_image(struct drawlist *list, int x, int y, const struct draw_image *image, struct rect source)
{
    struct rect cut = rect_intersect(source, rect_make(0, 0, image->w, image->h));
    if (cut.w == 0 || cut.h == 0) {
        return;
    }
    struct draw_op *op = push(list, DRAW_IMAGE, rect_make(x + cut.x - source.x, y + cut.y - source.y, cut.w, cut.h), 0);
    if (!op) {
        return;
    }
    op->image = image;
    op->ax = cut.x;
    op->ay = cut.y;
}

void draw_clip(struct drawlist *list, struct rect r) { push(list, DRAW_CLIP, r, 0); }
void draw_unclip(struct drawlist *list) { push(list, DRAW_UNCLIP, rect_make(0, 0, 0, 0), 0); }
void draw_layer(struct drawlist *list) { push(list, DRAW_LAYER, rect_make(0, 0, 0, 0), 0); }

static bool keep_chars(struct drawlist *list, const char *utf8, size_t *offset)
{
    size_t len = strlen(utf8) + 1;
    if (list->chars_cap - list->chars_len < len) {
        size_t cap = (list->chars_cap + len) * 2;
        char *chars = realloc(list->chars, cap);
        if (!chars) {
            list->failed = true;
            return false;
        }
        list->chars = chars;
        list->chars_cap = cap;
    }
    *offset = list->chars_len;
    memcpy(list->chars + list->chars_len, utf8, len);
    list->chars_len += len;
    return true;
}

int draw_text(struct drawlist *list, int x, int baseline, enum draw_align align, struct text_style style, const char *utf8)
{
    int width = text_width(list->text, style.face, style.size, utf8);
    int left = align == ALIGN_LEFT ? x : align == ALIGN_RIGHT ? x - width : x - width / 2;
    size_t offset;
    if (!*utf8 || !keep_chars(list, utf8, &offset)) {
        return width;
    }
    struct draw_op *op = push(list, DRAW_TEXT, rect_make(left, baseline, width, style.size), style.colour);
    if (op) {
        op->kind = style.face;
        op->text = offset;
    }
    return width;
}

const char *drawlist_text(const struct drawlist *list, const struct draw_op *op) { return list->chars + op->text; }

uint32_t colour_mix(uint32_t a, uint32_t b, int percent)
{
    uint32_t out = 0xFF000000u;
    for (int shift = 0; shift <= 16; shift += 8) {
        int from = (int)(a >> shift & 0xFFu), to = (int)(b >> shift & 0xFFu);
        int value = (from * (100 - percent) + to * percent + 50) / 100;
        out |= (uint32_t)value << shift;
    }
    return out;
}
