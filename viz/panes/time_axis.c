/* time_axis.c: the one time axis under strip and lanes, its playhead, and the pointer.
 *
 * What has not happened yet goes 65 % to the ground colour. The playhead crosses strip and lanes at one x.
 */
#include "columns.h"
#include "pane.h"

/* The smallest of 1, 2, 5 x 10^n whose ticks stand at least `least` pixels apart. */
static uint32_t tick_step(uint32_t count, int width, int least)
{
    uint64_t step = 1;
    static const uint64_t factors[] = {2, 5, 10};
    for (uint64_t decade = 1; decade < UINT32_MAX; decade *= 10) {
        for (int i = 0; i < 3; i++) {
            if (step * (uint64_t)width / count >= (uint64_t)least) {
                return (uint32_t)step;
            }
            step = decade * factors[i];
        }
    }
    return count;
}

static struct rect event_box(const struct frame *frame, uint32_t event)
{
    struct rect axis = frame->screen->axis;
    int w = text_width(frame->list->text, FACE_MONO, px(frame, 11), format_count(event).s) + px(frame, 9);
    int x = screen_event_x(frame->screen, event, frame->model->count) - w / 2;
    int right = axis.x + axis.w + px(frame, 10);
    x = x < axis.x - px(frame, 4) ? axis.x - px(frame, 4) : x + w > right ? right - w : x;
    return rect_make(x, axis.y + px(frame, 4), w, px(frame, 14));
}

static void draw_box(const struct frame *frame, uint32_t event, uint32_t ground, uint32_t border, uint32_t ink)
{
    struct rect box = event_box(frame, event);
    draw_fill(frame->list, box, ground);
    draw_frame(frame->list, box, frame->screen->unit, border);
    draw_text(frame->list, box.x + box.w / 2, baseline_in(frame, box.y, box.h, 11), ALIGN_CENTRE, style(frame, FACE_MONO, 11, ink),
              format_count(event).s);
}

static bool box_shown(const struct frame *frame)
{
    return frame->state->pointing_event && frame->state->pointed_event != frame->model->event;
}

static void draw_ticks(const struct frame *frame)
{
    struct rect axis = frame->screen->axis;
    uint32_t count = frame->model->count, step = tick_step(count, axis.w, px(frame, 84));
    struct rect head = event_box(frame, frame->model->event), pointed = event_box(frame, frame->state->pointed_event);
    int baseline = baseline_in(frame, axis.y + px(frame, 4), px(frame, 14), 11), gap = px(frame, 5);
    for (uint64_t event = 0; event <= count; event += step) {
        int x = screen_event_x(frame->screen, (uint32_t)event, count);
        struct text_number label = format_count(event);
        int w = text_width(frame->list->text, FACE_MONO, px(frame, 11), label.s);
        int left = event == 0 ? x : x - w / 2;
        struct rect place = rect_make(left - gap, head.y, w + 2 * gap, head.h);
        draw_fill(frame->list, rect_make(x, axis.y, 1, px(frame, 4)), frame->theme->line2);
        if (left + w > axis.x + axis.w || rect_overlaps(place, head) || (box_shown(frame) && rect_overlaps(place, pointed))) {
            continue;
        }
        draw_text(frame->list, left, baseline, ALIGN_LEFT, style(frame, FACE_MONO, 11, frame->theme->ink3), label.s);
    }
}

static void dim_future(const struct frame *frame, struct rect lane, int x)
{
    draw_fill(frame->list, rect_make(x, lane.y, lane.x + lane.w - x, lane.h), colour_alpha(frame->theme->well, 65));
}

/* A line over marks and strip, and over the lanes. */
static void draw_line(const struct frame *frame, int x, int w, int dash, uint32_t colour)
{
    const struct screen *l = frame->screen;
    int lanes_end = l->percent.h > 0 ? l->percent.y + l->percent.h : l->budget.y + l->budget.h;
    const struct { int from, to; } parts[2] = {{l->marks.y, l->strip.y + l->strip.h}, {l->budget.y, lanes_end}};
    for (int i = 0; i < (l->budget.h > 0 ? 2 : 1); i++) {
        if (dash == 0) {
            draw_fill(frame->list, rect_make(x, parts[i].from, w, parts[i].to - parts[i].from), colour);
        } else {
            for (int y = parts[i].from; y < parts[i].to; y += 2 * dash) {
                draw_fill(frame->list, rect_make(x, y, w, y + dash > parts[i].to ? parts[i].to - y : dash), colour);
            }
        }
    }
}

/* The handles of the pointer on the three lines of the budget. */
static void draw_handles(const struct frame *frame, int x)
{
    const struct model *model = frame->model;
    struct rect lane = frame->screen->budget;
    if (frame->state->pointed_event == 0 || lane.h == 0 || frame->state->view == VIEW_DUEL) {
        return;
    }
    uint32_t i = frame->state->pointed_event - 1;
    uint64_t whole = model->arena_bytes;
    uint64_t heights[3] = {model->history.payload[i], model->history.in_use[i], whole - model->history.largest[i]};
    int side = px(frame, 7);
    for (int k = 0; k < 3; k++) {
        int y = lane.y + lane.h - (int)(heights[k] * (uint64_t)lane.h / whole);
        struct rect box = rect_make(x - side / 2, y - side / 2, side, side);
        draw_fill(frame->list, box, frame->theme->bg);
        draw_frame(frame->list, box, frame->screen->unit, frame->theme->ink);
    }
}

void time_axis_draw(const struct frame *frame)
{
    const struct screen *l = frame->screen;
    const struct theme *theme = frame->theme;
    uint32_t count = frame->model->count;
    if (count == 0) {
        return;
    }
    int x = screen_event_x(l, frame->model->event, count);
    for (int i = 0; i < (l->strip_parts > 1 ? l->strip_parts : 1); i++) {
        dim_future(frame, screen_strip_part(l, i), x);
    }
    dim_future(frame, l->budget, x);
    dim_future(frame, l->percent, x);
    draw_ticks(frame);
    strip_range_draw(frame); /* over what has not happened yet too */
    draw_line(frame, x < l->strip.x + l->strip.w ? x : x - l->unit, l->unit, 0, theme->focus);
    if (box_shown(frame)) {
        int at = screen_event_x(l, frame->state->pointed_event, count);
        draw_line(frame, at, l->unit, px(frame, 3), theme->ink);
        draw_handles(frame, at);
        if (!rect_overlaps(rect_inflate(event_box(frame, frame->state->pointed_event), 2), event_box(frame, frame->model->event))) {
            draw_box(frame, frame->state->pointed_event, theme->bg, theme->ink, theme->ink);
        }
    }
    draw_box(frame, frame->model->event, theme->focus, theme->focus, theme_contrast(theme->focus, 0xFFFFFFFFu) > 4.5 ? 0xFFFFFFFFu : 0xFF000000u);
    pane_hit(frame, l->axis, HIT_TIME, 0);
}
