/* viz_check.h: looks for bad text in a draw list: cut, overlapping, undersized or outside its place. No pixels are needed.
 *
 * A text's box is its advance width and the height from a little above its capitals to its descenders. An opaque rectangle that is
 * drawn later over a part of it cuts it; one that covers it whole replaces it. DRAW_LAYER begins a layer that covers on purpose. */
#ifndef HEAPLAB_TESTS_VIZ_CHECK_H
#define HEAPLAB_TESTS_VIZ_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "drawlist.h"

struct check_text { struct rect box; const char *words; };

/* Where texts stand, in cells of 64 x 16 pixels: a map has tens of thousands of rectangles, and hardly one comes near a text. A cell
 * stays taken when its text is covered: that costs a look, no more. */
#define CHECK_BANDS 512
struct check_cells { uint64_t band[CHECK_BANDS]; };

static uint64_t check_columns(struct rect r)
{
    int first = r.x > 0 ? r.x / 64 : 0, last = (r.x + r.w) / 64;
    return last >= 63 || last < first ? UINT64_MAX : (UINT64_MAX >> (63 - last)) & (UINT64_MAX << first);
}

static int check_band(int y) { return y < 0 ? 0 : y / 16 < CHECK_BANDS ? y / 16 : CHECK_BANDS - 1; }

static void check_take(struct check_cells *cells, struct rect r)
{
    for (int band = check_band(r.y); band <= check_band(r.y + r.h); band++) {
        cells->band[band] |= check_columns(r);
    }
}

static bool check_near(const struct check_cells *cells, struct rect r)
{
    bool near = false;
    for (int band = check_band(r.y); band <= check_band(r.y + r.h) && !near; band++) {
        near = (cells->band[band] & check_columns(r)) != 0;
    }
    return near;
}

static struct rect check_box(const struct draw_op *op)
{
    int up = op->h * 80 / 100, down = op->h * 20 / 100;
    return rect_make(op->x, op->y - up, op->w, up + down);
}

static bool check_inside(struct rect inner, struct rect outer)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w && inner.y + inner.h <= outer.y + outer.h;
}

/* Removes what the rectangle covers whole; true and `why` if it cuts a text. A line of one pixel over the whole width strikes it through. */
static bool check_cover(struct check_text *texts, size_t *count, struct rect over, char *why, size_t why_size)
{
    for (size_t i = 0; i < *count; i++) {
        struct rect hit = rect_intersect(texts[i].box, over);
        if (hit.w == 0 || hit.h == 0 || (over.h == 1 && hit.w == texts[i].box.w)) {
            continue;
        }
        if (!check_inside(texts[i].box, over)) {
            snprintf(why, why_size, "`%s` is cut by a rectangle %d,%d %dx%d", texts[i].words, over.x, over.y, over.w, over.h);
            return true;
        }
        texts[i--] = texts[--*count];
    }
    return false;
}

static bool check_text_op(struct check_text *texts, size_t count, struct check_text text, struct rect clip, int size, int least, char *why,
                          size_t why_size)
{
    if (size < least) {
        snprintf(why, why_size, "`%s` has size %d, less than %d", text.words, size, least);
        return true;
    }
    if (!check_inside(text.box, clip)) {
        snprintf(why, why_size, "`%s` at %d,%d %dx%d leaves its place %d,%d %dx%d", text.words, text.box.x, text.box.y, text.box.w, text.box.h,
                 clip.x, clip.y, clip.w, clip.h);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (rect_overlaps(texts[i].box, text.box)) {
            snprintf(why, why_size, "`%s` overlaps `%s`", text.words, texts[i].words);
            return true;
        }
    }
    return false;
}

/* True if every text of the list can be read; else `why` names the first that cannot. `least`: the smallest allowed size. */
static bool check_list(const struct drawlist *list, int w, int h, int least, char *why, size_t why_size)
{
    struct check_text *texts = malloc((list->count + 1) * sizeof *texts);
    struct rect all = rect_make(0, 0, w, h), clip = all;
    struct check_cells cells = {{0}};
    size_t count = 0;
    bool bad = false;
    for (size_t i = 0; i < list->count && !bad; i++) {
        const struct draw_op *op = &list->ops[i];
        struct rect area = rect_intersect(rect_make(op->x, op->y, op->w, op->h), clip);
        if (op->type == DRAW_CLIP) {
            clip = rect_make(op->x, op->y, op->w, op->h);
        } else if (op->type == DRAW_UNCLIP) {
            clip = all;
        } else if (op->type == DRAW_LAYER) {
            count = 0;
            cells = (struct check_cells){{0}};
        } else if (op->type == DRAW_PATTERN || op->type == DRAW_IMAGE || (op->type == DRAW_FILL && op->colour >> 24 == 255)) {
            bad = check_near(&cells, area) && check_cover(texts, &count, area, why, why_size);
        } else if (op->type == DRAW_TEXT) {
            struct check_text text = {check_box(op), drawlist_text(list, op)};
            bad = check_text_op(texts, count, text, clip, op->h, least, why, why_size);
            texts[count++] = text;
            check_take(&cells, text.box);
        }
    }
    free(texts);
    return !bad && !list->failed;
}

#endif
