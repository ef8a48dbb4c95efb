/* view.c: puts the panes together in the order in which they lie over one another. */
#include <stdlib.h>

#include "columns.h"
#include "pane.h"

struct view {
    struct map_cache *map;
    struct strip_cache *strip;
    struct columns columns;
};

struct view *view_new(void)
{
    struct view *view = calloc(1, sizeof *view);
    if (!view) {
        return NULL;
    }
    view->map = map_cache_new();
    view->strip = strip_cache_new();
    if (!view->map || !view->strip) {
        view_free(view);
        return NULL;
    }
    return view;
}

void view_free(struct view *view)
{
    if (!view) {
        return;
    }
    map_cache_free(view->map);
    strip_cache_free(view->strip);
    columns_free(&view->columns);
    free(view);
}

static void find_blocks(struct frame *frame)
{
    const struct model *model = frame->model;
    const struct view_state *state = frame->state;
    uint32_t span = state->pointed_off != VIEW_NO_OFF ? model_span_at(model, state->pointed_off) : MODEL_NONE;
    frame->pointed_block = span != MODEL_NONE ? model->spans[span].block : MODEL_NONE;
    frame->focus_block = state->pinned ? model_block_of_id(model, state->pinned_id) : frame->pointed_block;
    if (model->failure.at_cursor && model->failure.gross > 0 && model->failure.gross <= model->kind_bytes[KIND_FREE]) {
        frame->pins = model_find_pins(model, model->failure.gross);
    }
    if (frame->pins.count > 0 && frame->focus_block == MODEL_NONE && !state->pinned && state->pointed_off == VIEW_NO_OFF) {
        frame->focus_block = frame->pins.first_block; /* nothing is asked for: show what holds the hole open */
    }
}

static void draw_map_view(const struct frame *frame, struct view *view)
{
    columns_update(&view->columns, frame->model, frame->screen->budget.w);
    map_pane_draw(frame, view->map);
    strip_pane_draw(frame, view->strip);
    budget_pane_draw(frame, &view->columns);
    percent_pane_draw(frame, &view->columns);
    time_axis_draw(frame);
    side_panel_draw(frame);
    map_marks_draw(frame);
}

void view_draw(struct view *view, const struct model *model, const struct view_state *state, int w, int h, struct drawlist *list,
               struct hits *hits, struct screen *screen)
{
    uint32_t arena = model->arena_bytes ? model->arena_bytes : 8;
    bool part = state->map_bytes > 0 && state->map_bytes < arena && state->map_first <= arena - state->map_bytes;
    *screen = screen_make(w, h, state->scale_percent, part ? state->map_first : 0, part ? state->map_bytes : arena);
    drawlist_clear(list);
    hits->count = 0;
    struct frame frame = {.list = list, .hits = hits, .screen = screen, .theme = &themes[state->theme], .model = model, .state = state,
                          .focus_block = MODEL_NONE, .pointed_block = MODEL_NONE};
    draw_fill(list, rect_make(0, 0, screen->w, screen->h), frame.theme->bg);
    if (model->state == MODEL_READY) {
        find_blocks(&frame);
    }
    chrome_draw_top(&frame);
    chrome_draw_status(&frame);
    if (model->state == MODEL_READY) {
        draw_map_view(&frame, view);
    } else {
        message_screen_draw(&frame);
    }
    if (state->overlay == OVERLAY_HELP) {
        help_overlay_draw(&frame);
    } else if (state->overlay == OVERLAY_POLICY && model->state == MODEL_READY) {
        policy_menu_draw(&frame);
    }
}
