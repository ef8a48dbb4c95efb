/* app_work.c: opening traces, and what the source did in the background meanwhile. */
#include "app_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void app_open(struct app *app, const char *path, const struct trace_selection *selection)
{
    snprintf(app->pending_path, sizeof app->pending_path, "%s", path);
    app->selection = selection ? *selection : (struct trace_selection){.heap = NULL};
    source_load(app->source, path, selection);
    app_take_news(app);
}

bool app_lists_heaps(const struct app *app)
{
    return source_model(app->source)->state == MODEL_ERROR && source_model(app->source)->heap_count > 0;
}

/* Opens the trace again, of this heap. */
void app_choose_heap(struct app *app, uint32_t heap)
{
    char path[sizeof app->pending_path];
    struct trace_selection selection = app->selection;
    if (!app_lists_heaps(app) || source_busy(app->source)) {
        return;
    }
    snprintf(app->heap, sizeof app->heap, "%s", source_model(app->source)->heaps[heap % source_model(app->source)->heap_count].key);
    snprintf(path, sizeof path, "%s", app->pending_path);
    selection.heap = app->heap;
    app_open(app, path, &selection);
}

bool app_heap_key(struct app *app, uint32_t key)
{
    uint32_t count = source_model(app->source)->heap_count, line = app->state.menu_line;
    if (!app_lists_heaps(app) || (key != KEY_UP && key != KEY_DOWN && key != KEY_ENTER)) {
        return false;
    }
    line %= count;
    app->state.menu_line = key == KEY_ENTER ? line : (line + (key == KEY_DOWN ? 1 : count - 1)) % count;
    app->dirty = true;
    if (key == KEY_ENTER) {
        app_choose_heap(app, line);
    }
    return true;
}

void app_drop(struct app *app, const char *path)
{
    app->dropped = true;
    app_open(app, path, NULL);
}

bool app_was_dropped(const struct app *app) { return app->dropped; }

/* Where a trace given as an argument starts too. */
static void start(struct app *app)
{
    if (app->dropped && ready(app)) {
        app->started = model_start(source_model(app->source), app->state.view == VIEW_DUEL ? source_lane_count(app->source) : 1);
        app_seek(app, app->started);
    }
}

static void keep_path(struct app *app)
{
    char *copy = malloc(strlen(app->pending_path) + 1);
    if (copy) {
        strcpy(copy, app->pending_path);
        free(app->path);
        app->path = copy;
    }
}

/* What the status bar shows of the work that is under way. */
static void show_work(struct app *app)
{
    const struct source_work *work = source_work(app->source);
    struct view_work now = {.on = false};
    if (work) {
        now.on = true;
        now.done = work->done;
        now.all = work->all;
        snprintf(now.what, sizeof now.what, "%s", work->what);
    }
    struct view_work *shown = &app->state.work;
    if (now.on != shown->on || now.done != shown->done || now.all != shown->all || strcmp(now.what, shown->what) != 0) {
        *shown = now;
        app->dirty = true;
    }
}

/* A lane was added: it is the chosen one, so that its heap and choices can be changed. One was removed: what was chosen and hidden
 * behind it moves up. */
static void follow_lanes(struct app *app)
{
    struct view_state *state = &app->state;
    int before = app->lanes, count = source_lane_count(app->source);
    app->lanes = count;
    if (count > before) {
        state->chosen_lane = (uint32_t)count - 1;
        state->duel.hidden &= (uint8_t)((1u << before) - 1);
    } else if (count < before) {
        unsigned below = (1u << app->removing) - 1;
        state->duel.hidden = (uint8_t)((state->duel.hidden & below) | (state->duel.hidden >> 1 & ~below));
        state->chosen_lane -= state->chosen_lane > (uint32_t)app->removing || state->chosen_lane == (uint32_t)count;
        for (uint32_t i = 0; i < (uint32_t)count && state->duel.hidden >> state->chosen_lane & 1; i++) {
            state->chosen_lane = i; /* the chosen one is shown */
        }
        state->duel.hidden &= (uint8_t)~(1u << state->chosen_lane);
        state->pointed_off = VIEW_NO_OFF;
    }
}

void app_take_news(struct app *app)
{
    char why[240];
    switch (source_poll(app->source, why, sizeof why)) {
    case SOURCE_OPENED:
        keep_path(app);
        app_opened(app);
        app->state.menu_line = app_lists_heaps(app) ? 0 : app->state.menu_line;
        if (source_lane_count(app->source) > 1 && app->state.view == VIEW_MAP) {
            app->state.view = VIEW_DUEL;
        }
        app->opened = true;
        start(app);
        break;
    case SOURCE_GREW:
        if (!source_shows_part(app->source) && app_event_now(app) == app->started && !app->player.playing) {
            start(app); /* nobody has gone elsewhere meanwhile */
        }
        app->opened = app->opened || !source_shows_part(app->source);
        app->dirty = true;
        break;
    case SOURCE_CHANGED:
        follow_lanes(app);
        app->dirty = true;
        break;
    case SOURCE_REFUSED: app_say_said(app, why); break;
    case SOURCE_CANCELLED: app_say(app, words(app, WORD_CANCELLED)); break;
    case SOURCE_NOTHING: break;
    }
    show_work(app);
}

bool app_takes_opened(struct app *app)
{
    bool opened = app->opened;
    app->opened = false;
    return opened;
}
