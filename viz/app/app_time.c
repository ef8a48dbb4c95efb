/* app_time.c: moving through the run: steps, marks, playing, ranges. */
#include "app_parts.h"

#include <stdio.h>

#include "format.h"

uint32_t app_event_now(const struct app *app) { return app->seek_pending ? app->seek_to : source_target(app->source); }

static bool is_failure(const struct model *model, uint32_t event)
{
    uint32_t low = 0, high = model->mark_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (model->marks[middle].event < event) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < model->mark_count && model->marks[low].event == event && model->marks[low].kind != MARK_FAILURE) {
        low++;
    }
    return low < model->mark_count && model->marks[low].event == event;
}

void app_seek(struct app *app, uint32_t event)
{
    if (!ready(app)) {
        return;
    }
    app->seek_to = event < model_of(app)->count ? event : model_of(app)->count;
    app->seek_pending = true;
    app->flash_left = 0;
    app->pulse_left = !app->state.still && !app->dragging && is_failure(model_of(app), app->seek_to) ? PULSE_SECONDS : 0;
    app->dirty = true;
}

/* What the event to which the cursor goes did: a block made or changed lights up, the frame of a freed one fades. */
void app_flash(struct app *app, uint32_t event)
{
    bool frees;
    uint64_t id = app->state.still ? 0 : source_event_id(app->source, event, &frees);
    app->state.flash_id = id;
    for (int i = 0; i < source_lane_count(app->source); i++) {
        const struct model *model = source_lane(app->source, (uint32_t)i); /* still before the event */
        uint32_t freed = id && frees ? model_block_of_id(model, id) : MODEL_NONE;
        app->state.freed[i].off = freed != MODEL_NONE ? model->blocks[freed].payload_off : 0;
        app->state.freed[i].bytes = freed != MODEL_NONE ? model->blocks[freed].requested : 0;
    }
    app->flash_left = id ? FLASH_SECONDS : 0;
}

static void step_by(struct app *app, int64_t events)
{
    int64_t to = (int64_t)app_event_now(app) + events;
    app->player.playing = false;
    app_seek(app, to < 0 ? 0 : to > UINT32_MAX ? UINT32_MAX : (uint32_t)to);
    if (events == 1) {
        app_flash(app, (uint32_t)to);
    }
}

static void play_or_pause(struct app *app)
{
    app->player.playing = !app->player.playing;
    app->player.carry = 0;
    if (app->player.playing && app_event_now(app) >= model_of(app)->count) {
        app_seek(app, 0);
    }
}

void app_play(struct app *app, uint32_t seconds)
{
    player_last(&app->player, model_of(app)->count, seconds);
    app_do(app, ACTION_PLAY);
}

void app_set_speed(struct app *app, uint32_t speed)
{
    app->player.speed = speed;
    app->dirty = true;
}

static void go_to_mark(struct app *app, int step, bool failures)
{
    uint32_t from = app_event_now(app), to = model_next_mark(model_of(app), from, step, failures);
    app->player.playing = false;
    if (to == from) {
        app_say(app, words(app, failures ? WORD_NO_FAILURE_THERE : WORD_NO_MARK_THERE));
    } else {
        app_seek(app, to);
    }
}

static void go_to_kind(struct app *app, enum mark_kind kind, enum word none)
{
    const struct model *model = model_of(app);
    for (uint32_t i = 0; i < model->mark_count; i++) {
        if (model->marks[i].kind == kind) {
            app->player.playing = false;
            app_seek(app, model->marks[i].event);
            return;
        }
    }
    app_say(app, words(app, none));
}

/* The first event with the largest external fragmentation, 1 - largest / free. O(events). */
static void go_to_worst(struct app *app)
{
    const struct model *model = model_of(app);
    const struct model_history *history = &model->history;
    uint32_t worst = 0;
    for (uint32_t i = 1; i < model->count; i++) { /* largest_i / free_i < largest_w / free_w, without a division; a full heap is whole */
        bool first = history->free[worst] == 0 && history->free[i] > 0;
        if (first || (uint64_t)history->largest[i] * history->free[worst] < (uint64_t)history->largest[worst] * history->free[i]) {
            worst = i;
        }
    }
    app->player.playing = false;
    app_seek(app, model->count > 0 ? worst + 1 : 0);
}

static void go_to_divergence(struct app *app)
{
    const struct model *model = model_of(app);
    if (source_lane_count(app->source) < 2) {
        app_say(app, words(app, WORD_NO_LANES));
    } else if (model->divergence == 0) {
        app_say(app, words(app, WORD_NO_DIVERGENCE));
    } else {
        app->player.playing = false;
        app_seek(app, model->divergence);
    }
}

/* Sets one end of the range at the cursor; setting it again takes it away. Ends that have passed each other change places. */
static void set_range(struct app *app, bool to)
{
    struct view_state *state = &app->state;
    char message[160];
    uint32_t now = app_event_now(app), *end = to ? &state->range_to : &state->range_from;
    *end = *end == now ? VIEW_NO_EVENT : now;
    bool from_set = state->range_from != VIEW_NO_EVENT, to_set = state->range_to != VIEW_NO_EVENT;
    if (from_set && to_set && state->range_from > state->range_to) {
        uint32_t later = state->range_from;
        state->range_from = state->range_to;
        state->range_to = later;
    }
    if (!from_set && !to_set) {
        return;
    }
    if (from_set && to_set) {
        snprintf(message, sizeof message, words(app, WORD_RANGE_BOTH), format_count(state->range_from).s, format_count(state->range_to).s);
    } else {
        snprintf(message, sizeof message, words(app, from_set ? WORD_RANGE_FROM : WORD_RANGE_TO),
                 format_count(from_set ? state->range_from : state->range_to).s);
    }
    app_say(app, message);
}

bool app_do_time(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_PLAY: play_or_pause(app); return true;
    case ACTION_STEP: step_by(app, 1); return true;
    case ACTION_BACK: step_by(app, -1); return true;
    case ACTION_STEP_100: step_by(app, 100); return true;
    case ACTION_BACK_100: step_by(app, -100); return true;
    case ACTION_STEP_10000: step_by(app, 10000); return true;
    case ACTION_BACK_10000: step_by(app, -10000); return true;
    case ACTION_FIRST: step_by(app, -(int64_t)UINT32_MAX); return true;
    case ACTION_LAST: step_by(app, UINT32_MAX); return true;
    case ACTION_SLOWER: player_slower(&app->player); return true;
    case ACTION_FASTER: player_faster(&app->player); return true;
    case ACTION_GO: app_go_open(app); return true;
    case ACTION_RANGE_FROM: set_range(app, false); return true;
    case ACTION_RANGE_TO: set_range(app, true); return true;
    case ACTION_NEXT_MARK: go_to_mark(app, 1, false); return true;
    case ACTION_PREVIOUS_MARK: go_to_mark(app, -1, false); return true;
    case ACTION_NEXT_FAILURE: go_to_mark(app, 1, true); return true;
    case ACTION_PREVIOUS_FAILURE: go_to_mark(app, -1, true); return true;
    case ACTION_FAILURE: go_to_kind(app, MARK_FAILURE, WORD_NO_FAILURE); return true;
    case ACTION_PEAK: go_to_kind(app, MARK_PEAK, WORD_NO_PEAK); return true;
    case ACTION_WORST: go_to_worst(app); return true;
    case ACTION_DIVERGENCE: go_to_divergence(app); return true;
    default: return false;
    }
}

/* The earliest first failure in (from, to] of a lane that is shown; 0: none. */
static uint32_t failure_to_stop_at(const struct app *app, uint32_t from, uint32_t to)
{
    const struct view_def *def = view_of(app);
    int count = source_lane_count(app->source), chosen = view_lane(&app->state, count);
    uint32_t stop = 0;
    for (int i = 0; i < count; i++) {
        const struct model *model = source_lane(app->source, (uint32_t)i);
        if (def->shows_lane ? !def->shows_lane(&app->state, count, i) : i != chosen) {
            continue;
        }
        uint32_t first = model_next_mark(model, 0, 1, true);
        if (first > from && first <= to && (stop == 0 || first < stop)) {
            stop = first;
        }
    }
    return stop;
}

/* Plays on, and stops at each shown lane's first failure and at the end. */
static void play_events(struct app *app, uint32_t events)
{
    const struct model *model = model_of(app);
    uint32_t from = app_event_now(app), to = model->count - from > events ? from + events : model->count;
    if (events == 0) {
        return;
    }
    uint32_t stop = failure_to_stop_at(app, from, to);
    if (stop > 0) {
        to = stop;
        app->player.playing = false;
        app_say(app, words(app, WORD_STOPPED_AT_FAILURE));
    }
    if (to == model->count) {
        app->player.playing = false;
    }
    app_seek(app, to);
    if (player_speed(&app->player) < FLASH_SPEED_MAX) {
        app_flash(app, to);
    }
}

void app_play_on(struct app *app, double seconds) { play_events(app, player_advance(&app->player, seconds)); }
