/* percent_pane.c: external and internal fragmentation as lines, 0 to 100 %, external with a ghost from its least to its most. */
#include "columns.h"
#include "pane.h"

static int y_of(const struct frame *frame, float value)
{
    struct rect lane = frame->screen->percent;
    int thick = frame->screen->unit * 2;
    return lane.y + (int)((1.0f - value) * (float)(lane.h - thick) + 0.5f);
}

static void draw_line(const struct frame *frame, const struct columns *columns, bool external, uint32_t colour)
{
    struct rect lane = frame->screen->percent;
    int thick = frame->screen->unit * 2;
    int before = y_of(frame, external ? columns->list[0].external : columns->list[0].internal);
    for (int x = 0; x < columns->width;) {
        int y = y_of(frame, external ? columns->list[x].external : columns->list[x].internal), end = x + 1;
        while (end < columns->width && y == y_of(frame, external ? columns->list[end].external : columns->list[end].internal)) {
            end++;
        }
        int top = y < before ? y : before, low = y < before ? before : y;
        draw_fill(frame->list, rect_make(lane.x + x, top, frame->screen->unit, low - top + thick), colour);
        draw_fill(frame->list, rect_make(lane.x + x, y, end - x, thick), colour);
        before = y;
        x = end;
    }
}

static void draw_ghost(const struct frame *frame, const struct columns *columns)
{
    struct rect lane = frame->screen->percent;
    uint32_t ghost = colour_alpha(frame->theme->fail, 35);
    for (int x = 0; x < columns->width; x++) {
        int top = y_of(frame, columns->list[x].external_max), low = y_of(frame, columns->list[x].external_min);
        if (low > top) {
            draw_fill(frame->list, rect_make(lane.x + x, top, 1, low - top), ghost);
        }
    }
}

void percent_pane_draw(const struct frame *frame, const struct columns *columns)
{
    struct rect lane = frame->screen->percent;
    if (lane.h == 0) {
        return;
    }
    draw_fill(frame->list, lane, frame->theme->well);
    draw_fill(frame->list, rect_make(lane.x, lane.y + lane.h / 2, lane.w, 1), frame->theme->line);
    if (frame->model->count > 0 && columns->width == lane.w) {
        draw_clip(frame->list, lane);
        draw_ghost(frame, columns);
        draw_line(frame, columns, false, frame->theme->internal);
        draw_line(frame, columns, true, frame->theme->fail);
        draw_unclip(frame->list);
    }
    pane_gutter(frame, lane.y + px(frame, 5), "100 %", false);
    pane_gutter(frame, lane.y + lane.h - px(frame, 4), "0 %", false);
    pane_hit(frame, lane, HIT_TIME, 0);
}
