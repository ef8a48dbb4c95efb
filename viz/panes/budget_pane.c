/* budget_pane.c: the heap budget, all of fragmentation in one picture.
 *
 * The heap's height is 100 %. Payload and overhead stand on the floor up to the `in use` line, on them what is neither a block's nor
 * free; the largest hole hangs from the ceiling, and scattered free space is squeezed between: a request fails when its gross height
 * exceeds the hanging band.
 * A column shows its last event; steps are joined by verticals, never by slopes. Neighbouring columns of one height become one
 * rectangle, so that a calm lane costs a few operations.
 */
#include "columns.h"
#include "pane.h"

/* y of the top of payload, of overhead, of control and lost bytes; of the hanging band's lower edge */
struct levels { int payload, in_use, withheld, largest; };

static struct levels levels_at(const struct frame *frame, const struct column *column)
{
    struct rect lane = frame->screen->budget;
    uint32_t arena = frame->model->arena_bytes;
    uint64_t whole = arena, h = (uint64_t)lane.h, withheld = bytes_withheld(arena, column->in_use, column->free);
    struct levels at = {.payload = lane.y + lane.h - (int)(column->payload * h / whole),
                        .in_use = lane.y + lane.h - (int)(column->in_use * h / whole), .largest = lane.y + (int)(column->largest * h / whole)};
    at.withheld = at.in_use - (int)(withheld * h / whole);
    if (at.largest > at.withheld || column->largest == column->free) { /* no pixel of scattered free space from rounding alone */
        at.largest = at.withheld;
    }
    return at;
}

static void draw_bands(const struct frame *frame, struct levels at, int x, int w)
{
    const struct theme *theme = frame->theme;
    struct rect lane = frame->screen->budget;
    int unit = frame->screen->unit, floor_y = lane.y + lane.h;
    draw_fill(frame->list, rect_make(x, lane.y, w, at.largest - lane.y), theme->okbg);
    draw_pattern(frame->list, rect_make(x, at.largest, w, at.withheld - at.largest), theme->scattered, unit, lane.x, lane.y);
    draw_pattern(frame->list, rect_make(x, at.withheld, w, at.in_use - at.withheld), theme->kinds[KIND_CONTROL], unit, lane.x, lane.y);
    draw_pattern(frame->list, rect_make(x, at.in_use, w, at.payload - at.in_use), theme->kinds[KIND_SLACK], unit, lane.x, lane.y);
    draw_fill(frame->list, rect_make(x, at.payload, w, floor_y - at.payload), theme->kinds[KIND_PAYLOAD].fill);
}

/* A step line: horizontal at y over w pixels, joined to the previous height by a vertical. */
static void draw_step(const struct frame *frame, int x, int w, int y, int before, uint32_t colour)
{
    struct rect lane = frame->screen->budget;
    int unit = frame->screen->unit;
    int bottom = lane.y + lane.h - unit;
    y = y > bottom ? bottom : y;
    before = before > bottom ? bottom : before;
    int top = y < before ? y : before, low = y < before ? before : y;
    draw_fill(frame->list, rect_make(x, top, unit, low - top + unit), colour);
    draw_fill(frame->list, rect_make(x, y, w, unit), colour);
}

static bool levels_equal(struct levels a, struct levels b)
{
    return a.payload == b.payload && a.in_use == b.in_use && a.withheld == b.withheld && a.largest == b.largest;
}

static void draw_columns(const struct frame *frame, const struct columns *columns, bool lines)
{
    struct levels before = levels_at(frame, &columns->list[0]);
    for (int x = 0; x < columns->width;) {
        struct levels now = levels_at(frame, &columns->list[x]);
        int end = x + 1;
        while (end < columns->width && levels_equal(now, levels_at(frame, &columns->list[end]))) {
            end++;
        }
        int left = frame->screen->budget.x + x;
        if (lines) {
            draw_step(frame, left, end - x, now.in_use, before.in_use, frame->theme->ink);
            draw_step(frame, left, end - x, now.largest - frame->screen->unit, before.largest - frame->screen->unit, frame->theme->ok);
        } else {
            draw_bands(frame, now, left, end - x);
        }
        before = now;
        x = end;
    }
}

/* Title, legend, and the gutter's sizes. */
static void draw_head(const struct frame *frame)
{
    const struct theme *theme = frame->theme;
    struct rect lane = frame->screen->budget;
    int after = pane_title(frame, lane.x, frame->screen->budget_head.y, tr(frame, WORD_TITLE_BUDGET), NULL);
    const struct legend_item items[] = {{tr(frame, WORD_KIND_PAYLOAD), theme->kinds[KIND_PAYLOAD], 0},
                                        {tr(frame, WORD_KIND_OVERHEAD), theme->kinds[KIND_SLACK], 0},
                                        {tr(frame, WORD_KIND_WITHHELD), theme->kinds[KIND_CONTROL], 0},
                                        {tr(frame, WORD_KIND_SCATTERED), theme->scattered, 0},
                                        {tr(frame, WORD_KIND_LARGEST_HOLE), {theme->okbg, theme->okbg, TILE_SOLID}, theme->ok}};
    pane_legend(frame, after, lane.x + lane.w, frame->screen->budget_head.y, items, 5);
    pane_gutter(frame, lane.y + px(frame, 5), format_size(frame->model->arena_bytes).s, false);
    pane_gutter(frame, lane.y + lane.h / 2, format_size(frame->model->arena_bytes / 2).s, true);
    pane_gutter(frame, lane.y + lane.h - px(frame, 4), "0", false);
}

void budget_pane_draw(const struct frame *frame, const struct columns *columns)
{
    struct rect lane = frame->screen->budget;
    if (frame->screen->stage) {
        pane_title(frame, lane.x, frame->screen->budget_head.y, tr(frame, WORD_TITLE_BUDGET), NULL);
    } else {
        draw_head(frame);
    }
    draw_fill(frame->list, lane, frame->theme->well);
    if (frame->model->count > 0 && columns->width == lane.w) {
        draw_clip(frame->list, lane);
        draw_columns(frame, columns, false);
        draw_columns(frame, columns, true);
        draw_unclip(frame->list);
    }
    pane_hit(frame, lane, HIT_TIME, 0);
}
