/* view.c: the table of views; bars, the view and what lies over it, in the order in which they lie over one another. */
#include <stdlib.h>
#include <string.h>

#include "pane.h"
#include "range_report.h"

static const struct view_def *const table[VIEW_COUNT] = {
    [VIEW_MAP] = &view_def_map, [VIEW_DUEL] = &view_def_duel, [VIEW_WHY] = &view_def_why, [VIEW_BYTES] = &view_def_bytes,
    [VIEW_LESSON] = &view_def_lesson,
};

const struct view_def *view_def_of(enum view_kind view) { return table[view < VIEW_COUNT ? view : VIEW_MAP]; }

const struct view_def *view_def_shown(const struct view_state *state)
{
    return state->projector && state->view == VIEW_MAP ? &view_def_stage : view_def_of(state->view);
}

/* Other views in projector mode, and what lies over any: larger by half, as far as the window has room. */
static int scale_percent_of(const struct view_ask *ask)
{
    int scale = ask->scale_percent ? ask->scale_percent : screen_auto_scale(ask->w, ask->h);
    return ask->state->projector ? scale * 3 / 2 : ask->scale_percent;
}

/* All views but Duel know one lane only: the chosen one, as the first and only. */
static struct view_ask ask_of_view(const struct view_ask *ask)
{
    struct view_ask one = *ask;
    if (ask->state->view != VIEW_DUEL && ask->models[0].state == MODEL_READY) {
        one.models = ask->models + view_lane(ask->state, ask->lane_count);
        one.lane_count = 1;
    }
    return one;
}

struct screen view_layout(const struct view_ask *all)
{
    const struct view_ask ask = ask_of_view(all);
    const struct view_def *def = view_def_shown(ask.state);
    struct view_ask larger = ask;
    if (!def->bare) {
        larger.scale_percent = scale_percent_of(&ask);
    }
    return ask.models->state == MODEL_READY ? def->layout(&larger) : screen_begin(ask.w, ask.h, larger.scale_percent);
}

enum view_kind view_find(const char *name)
{
    int view = 0;
    while (view < VIEW_COUNT && strcmp(table[view]->name, name) != 0) {
        view++;
    }
    return (enum view_kind)view;
}

struct view { struct view_caches caches; };

struct view *view_new(void)
{
    struct view *view = calloc(1, sizeof *view);
    if (view) {
        view->caches.range = calloc(1, sizeof *view->caches.range);
        if (!view->caches.range) {
            view_free(view);
            return NULL;
        }
    }
    for (int i = 0; view && i < MODEL_LANES; i++) {
        view->caches.map[i] = map_cache_new();
        view->caches.strip[i] = strip_cache_new();
        if (!view->caches.map[i] || !view->caches.strip[i]) {
            view_free(view);
            return NULL;
        }
    }
    return view;
}

void view_free(struct view *view)
{
    if (!view) {
        return;
    }
    for (int i = 0; i < MODEL_LANES; i++) {
        map_cache_free(view->caches.map[i]);
        strip_cache_free(view->caches.strip[i]);
        columns_free(&view->caches.columns[i]);
    }
    free(view->caches.range);
    free(view);
}

/* Which blocks of the frame's model are pointed at, in focus, and pins. */
static void find_blocks(struct frame *frame)
{
    const struct model *model = frame->model;
    const struct view_state *state = frame->state;
    bool here = state->pointed_off != VIEW_NO_OFF && state->pointed_lane == (uint32_t)frame->lane;
    uint32_t span = here ? model_span_at(model, state->pointed_off) : MODEL_NONE;
    frame->pointed_block = span != MODEL_NONE ? model->spans[span].block : MODEL_NONE;
    frame->focus_block = state->pinned ? model_block_of_id(model, state->pinned_id) : frame->pointed_block;
    frame->pins = (struct model_window){0};
    if (model->failure.at_cursor && model->failure.gross > 0 && model->failure.gross <= model->kind_bytes[KIND_FREE]) {
        frame->pins = model_find_pins(model, model->failure.gross);
    }
    if (frame->pins.count > 0 && frame->focus_block == MODEL_NONE && !state->pinned && state->pointed_off == VIEW_NO_OFF) {
        frame->focus_block = frame->pins.first_block; /* nothing is asked for: show what holds the hole open */
    }
}

struct frame pane_lane(const struct frame *frame, int lane, const struct screen *screen)
{
    struct frame other = *frame;
    other.lane = lane;
    other.model = &frame->models[lane];
    other.screen = screen;
    find_blocks(&other);
    return other;
}

static void draw_overlay(const struct frame *frame)
{
    bool ready = frame->model->state == MODEL_READY;
    switch (frame->state->overlay) {
    case OVERLAY_HELP: help_overlay_draw(frame); break;
    case OVERLAY_POLICY:
    case OVERLAY_ADD:
        if (ready) {
            policy_menu_draw(frame);
        }
        break;
    case OVERLAY_GO:
        if (ready) {
            go_overlay_draw(frame);
        }
        break;
    case OVERLAY_ANOMALIES:
        if (ready) {
            anomalies_overlay_draw(frame);
        }
        break;
    case OVERLAY_NONE: break;
    }
}

/* Bars around the view; a bare one gives way to a message or to work in the background. */
static void draw_bars(const struct frame *frame, const struct screen *plain)
{
    struct frame bars = *frame;
    if (!frame->screen->stage) {
        chrome_draw_top(frame);
        chrome_draw_status(frame);
    } else if (frame->state->message[0] || frame->state->work.on) {
        bars.screen = plain;
        draw_layer(frame->list);
        chrome_draw_status(&bars);
    }
}

void view_draw(struct view *view, const struct view_ask *all, struct drawlist *list, struct hits *hits, struct screen *screen)
{
    const struct view_ask one = ask_of_view(all), *ask = &one;
    bool ready = ask->models[0].state == MODEL_READY;
    struct screen plain = screen_begin(ask->w, ask->h, scale_percent_of(ask));
    *screen = view_layout(ask);
    drawlist_clear(list);
    hits->count = 0;
    struct frame frame = {.list = list, .hits = hits, .screen = screen, .theme = &themes[ask->state->theme], .model = ask->models,
                          .models = ask->models, .lane_count = ask->lane_count, .state = ask->state, .def = view_def_shown(ask->state),
                          .caches = &view->caches, .focus_block = MODEL_NONE, .pointed_block = MODEL_NONE};
    draw_fill(list, rect_make(0, 0, screen->w, screen->h), frame.theme->bg);
    if (ready) {
        find_blocks(&frame);
    }
    if (!screen->stage) {
        draw_bars(&frame, &plain);
    }
    if (ready) {
        frame.def->draw(&frame);
    } else {
        message_screen_draw(&frame);
    }
    if (screen->stage) {
        draw_bars(&frame, &plain);
        frame.screen = &plain;
    }
    draw_overlay(&frame);
}
