/* app_mouse.c: pointing, clicking, dragging, the wheel. */
#include "app_parts.h"

#include <string.h>

/* What panes of a view name beside the mouse. */
static void point_at_part(struct app *app, struct hit hit)
{
    struct hit *at = &app->state.pointed_hit;
    bool part = hit.kind == HIT_BLOCK || hit.kind == HIT_VIEW || hit.kind == HIT_PART;
    hit = part ? hit : (struct hit){.kind = HIT_NONE};
    if (memcmp(&hit.area, &at->area, sizeof hit.area) != 0 || hit.kind != at->kind || hit.value != at->value) {
        *at = hit;
        app->dirty = true;
    }
}

static void point(struct app *app, uint32_t lane, uint32_t off, bool on_time, uint32_t event)
{
    struct view_state *state = &app->state;
    bool same_place = state->pointed_off == off && (off == VIEW_NO_OFF || state->pointed_lane == lane);
    if (same_place && state->pointing_event == on_time && (!on_time || state->pointed_event == event)) {
        return;
    }
    state->pointed_lane = lane;
    state->pointed_off = off;
    state->pointing_event = on_time;
    state->pointed_event = event;
    app->dirty = true;
}

struct hit app_point(struct app *app)
{
    int x = app->mouse_x, y = app->mouse_y;
    struct hit hit = app->mouse_in ? hits_at(&app->hits, x, y) : (struct hit){.kind = HIT_NONE};
    uint32_t off = hit.kind == HIT_MAP ? grid_offset_at(screen_grid(&app->screen, hit.value), x, y) : VIEW_NO_OFF;
    bool on_time = hit.kind == HIT_TIME;
    point_at_part(app, hit);
    point(app, hit.kind == HIT_MAP ? hit.value : 0, off, on_time, on_time ? screen_event_at(&app->screen, x, model_of(app)->count) : 0);
    return hit;
}

/* The range from where the drag began to the event, whichever is first; none where they are one. */
static void drag_range(struct app *app, uint32_t event)
{
    uint32_t from = app->range_start < event ? app->range_start : event, to = app->range_start < event ? event : app->range_start;
    app->state.range_from = from < to ? from : VIEW_NO_EVENT;
    app->state.range_to = from < to ? to : VIEW_NO_EVENT;
    app->dirty = true;
}

void app_mouse_move(struct app *app, int x, int y)
{
    app->mouse_x = x;
    app->mouse_y = y;
    app->mouse_in = true;
    struct hit heap = hits_at(&app->hits, x, y);
    if (app_lists_heaps(app) && heap.kind == HIT_HEAP && app->state.menu_line != heap.value) {
        app->state.menu_line = heap.value;
        app->dirty = true;
    }
    if (!ready(app)) {
        return;
    }
    if (app->dragging) {
        app_seek(app, screen_event_at(&app->screen, x, model_of(app)->count));
        return;
    }
    if (app->ranging) {
        drag_range(app, screen_event_at(&app->screen, x, model_of(app)->count));
        return;
    }
    struct hit hit = app_point(app);
    if (hit.kind == HIT_POLICY_LINE && app->state.menu_line != hit.value) {
        app->state.menu_line = hit.value;
        app->dirty = true;
    }
}

void app_mouse_leave(struct app *app)
{
    app->mouse_in = false;
    point_at_part(app, (struct hit){.kind = HIT_NONE});
    point(app, 0, VIEW_NO_OFF, false, 0);
}

/* Pins the block, or takes the pin away where it is pinned already; MODEL_NONE: nothing stays pinned. */
static void pin_block(struct app *app, const struct model *model, uint32_t block)
{
    bool again = block < model->block_count && app->state.pinned && app->state.pinned_id == model->blocks[block].id;
    app->state.pinned = false;
    if (block < model->block_count && !again) {
        app_pin(app, model->blocks[block].id);
    }
}

static void pin_at(struct app *app, uint32_t lane, int x, int y)
{
    const struct model *model = app->state.view == VIEW_DUEL ? source_lane(app->source, lane) : model_of(app);
    uint32_t off = grid_offset_at(screen_grid(&app->screen, lane), x, y);
    uint32_t span = off == UINT32_MAX ? MODEL_NONE : model_span_at(model, off);
    pin_block(app, model, span == MODEL_NONE ? MODEL_NONE : model->spans[span].block);
}

void app_mouse_down(struct app *app, int x, int y)
{
    app_want_blocks(app);
    app_mouse_move(app, x, y);
    struct hit hit = hits_at(&app->hits, x, y);
    app->dirty = true;
    app->state.message[0] = '\0';
    if ((hit.kind == HIT_VIEW || hit.kind == HIT_PART || hit.kind == HIT_MAP) && app_view_press(app, hit, x, y)) {
        return;
    }
    switch (hit.kind) {
    case HIT_TAB: app_do(app, (enum action)((uint32_t)ACTION_TAB_MAP + hit.value)); break;
    case HIT_BACK: app_do(app, ACTION_BACK); break;
    case HIT_PLAY: app_do(app, ACTION_PLAY); break;
    case HIT_FORWARD: app_do(app, ACTION_STEP); break;
    case HIT_SLOWER_FASTER: app_do(app, x < hit.area.x + hit.area.w / 2 ? ACTION_SLOWER : ACTION_FASTER); break;
    case HIT_POLICY: app_do(app, ACTION_POLICY); break;
    case HIT_POLICY_LINE: app_set_policy(app, hit.value); break;
    case HIT_COLOUR: app_set_colour(app, (enum colour_mode)hit.value); break;
    case HIT_EVENT: app->state.overlay = OVERLAY_NONE; app->player.playing = false; app_seek(app, hit.value); break;
    case HIT_HEAP: app_choose_heap(app, hit.value); break;
    case HIT_ACTION: app_do(app, (enum action)hit.value); break;
    case HIT_OVERLAY: app->state.overlay = OVERLAY_NONE; break;
    case HIT_MAP: pin_at(app, hit.value, x, y); break;
    case HIT_BLOCK: pin_block(app, model_of(app), hit.value); break;
    case HIT_VIEW:
    case HIT_PART: break;
    case HIT_TIME:
        app->player.playing = false;
        app->dragging = true;
        point(app, 0, VIEW_NO_OFF, false, 0);
        app_seek(app, screen_event_at(&app->screen, x, model_of(app)->count));
        break;
    case HIT_NONE: break;
    }
}

bool app_mouse_range_down(struct app *app, int x, int y)
{
    app_mouse_move(app, x, y);
    if (!ready(app) || app->dragging || hits_at(&app->hits, x, y).kind != HIT_TIME) {
        return false;
    }
    app->ranging = true;
    app->range_start = screen_event_at(&app->screen, x, model_of(app)->count);
    app->state.message[0] = '\0';
    point(app, 0, VIEW_NO_OFF, false, 0);
    drag_range(app, app->range_start);
    return true;
}

void app_mouse_up(struct app *app) { app->dragging = app->ranging = false; }

/* The event that lies `by` from the cursor, within the run. */
static uint32_t wheel_event(const struct app *app, int64_t by)
{
    int64_t to = (int64_t)app_event_now(app) + by, count = model_of(app)->count;
    return (uint32_t)(to < 0 ? 0 : to > count ? count : to);
}

void app_wheel(struct app *app, int notches)
{
    if (!ready(app) || app->state.overlay != OVERLAY_NONE || notches == 0) {
        return;
    }
    app_want_blocks(app);
    app->screen = app_layout(app, &app->state);
    const struct screen *screen = &app->screen;
    uint32_t step = model_of(app)->count / 200, off = grid_offset_at(&screen->grid, app->mouse_x, app->mouse_y);
    struct rect over = rect_make(screen->map.x, screen->map.y, screen->map.w, screen->strip_head.y - screen->map.y);
    if (app->mouse_in && rect_contains(screen->content, app->mouse_x, app->mouse_y) && app_view_wheel(app, notches)) {
        return;
    }
    if (app->state.view != VIEW_MAP || !app->mouse_in || !rect_contains(over, app->mouse_x, app->mouse_y)) {
        app_seek(app, wheel_event(app, -(int64_t)notches * (step ? step : 1)));
        app->player.playing = false;
        return;
    }
    if (off == UINT32_MAX) { /* on the ground behind the last byte */
        off = screen->grid.first + (screen->grid.bytes - 1);
    }
    app_zoom(app, notches > 0, off, app->mouse_y);
    app->state.pointed_off = VIEW_NO_OFF; /* another block lies under the mouse now */
}
