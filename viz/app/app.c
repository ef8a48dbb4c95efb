/* app.c: the app's life, its keys, and the views' part in both; pictures. */
#include "app_parts.h"
#include "pane.h"

#include "colouring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SECONDS 4.0
#define LONG_MESSAGE 90 /* characters that take longer to read */

struct app *app_new(struct source *source, struct text *text, int w, int h)
{
    struct app *app = calloc(1, sizeof *app);
    if (!app) {
        return NULL;
    }
    app->view = view_new();
    if (!app->view) {
        free(app);
        return NULL;
    }
    drawlist_init(&app->list, text);
    app->source = source;
    app->state.pointed_off = app->state.bytes.first = VIEW_NO_OFF;
    app->state.why.replay = -1;
    app_resize(app, w, h);
    app_opened(app);
    app_take_news(app); /* of a trace that stands there already */
    return app;
}

void app_free(struct app *app)
{
    if (!app) {
        return;
    }
    view_free(app->view);
    drawlist_free(&app->list);
    free(app->path);
    free(app);
}

void app_say(struct app *app, const char *message)
{
    snprintf(app->state.message, sizeof app->state.message, "%s", message);
    app->message_left = strlen(message) > LONG_MESSAGE ? 3 * MESSAGE_SECONDS : MESSAGE_SECONDS;
    app->dirty = true;
}

void app_say_said(struct app *app, const char *english)
{
    char message[sizeof app->state.message];
    words_said(app->state.language, english, message, sizeof message);
    app_say(app, message);
}

void app_set_still(struct app *app, bool still) { app->state.still = still; }

void app_pin(struct app *app, uint64_t id)
{
    app->state.pinned = true;
    app->state.pinned_id = id;
    app->dirty = true;
}

void app_opened(struct app *app)
{
    const struct model *model = model_of(app);
    player_fit(&app->player, model->count);
    app->player.playing = false;
    app->player.carry = 0;
    app->seek_pending = app->dragging = app->ranging = false;
    app->state.pinned = false;
    app->state.map_bytes = app->state.chosen_lane = 0;
    app->lanes = source_lane_count(app->source);
    app->state.duel.hidden = 0; /* nobody is chosen and hidden */
    app->state.pointed_off = app->state.bytes.first = VIEW_NO_OFF;
    app->state.pointing_event = false;
    app->state.range_from = app->state.range_to = VIEW_NO_EVENT;
    app->state.overlay = OVERLAY_NONE;
    if (ready(app) && !colouring_serves(model, app->state.colour)) {
        app->state.colour = COLOUR_KIND;
    }
    app->dirty = true;
}

void app_resize(struct app *app, int w, int h)
{
    app->w = w < SCREEN_MIN_W ? SCREEN_MIN_W : w;
    app->h = h < SCREEN_MIN_H ? SCREEN_MIN_H : h;
    app->dirty = true;
}

/* ---- the view's part ---- */

/* As it draws: all views but Duel know the chosen lane only. */
static struct view_input input_of(struct app *app)
{
    bool all = app->state.view == VIEW_DUEL;
    return (struct view_input){.state = &app->state, .models = all ? source_model(app->source) : model_of(app),
                               .lane_count = all ? source_lane_count(app->source) : 1, .screen = &app->screen, .then = ACTION_NONE};
}

static void carry_out(struct app *app, const struct view_input *input)
{
    if (input->say) {
        app_say(app, input->say);
    }
    if (input->seek) {
        app->player.playing = false;
        app_seek(app, input->seek_to);
    }
    app->dirty = true;
    if (input->then != ACTION_NONE) {
        app_do(app, input->then);
    }
}

bool app_view_act(struct app *app, enum action action)
{
    struct view_input input = input_of(app);
    if (!view_of(app)->act || !view_of(app)->act(&input, action)) {
        return false;
    }
    carry_out(app, &input);
    return true;
}

bool app_view_press(struct app *app, struct hit hit, int x, int y)
{
    struct view_input input = input_of(app);
    if (!view_of(app)->press || !view_of(app)->press(&input, hit, x, y)) {
        return false;
    }
    carry_out(app, &input);
    return true;
}

bool app_view_wheel(struct app *app, int notches)
{
    struct view_input input = input_of(app);
    if (!view_of(app)->wheel || !view_of(app)->wheel(&input, notches, app->mouse_x, app->mouse_y)) {
        return false;
    }
    carry_out(app, &input);
    return true;
}

bool app_view_tick(struct app *app, double seconds)
{
    struct view_input input = input_of(app);
    if (!ready(app) || !view_of(app)->tick || !view_of(app)->tick(&input, seconds)) {
        return false;
    }
    carry_out(app, &input);
    return true;
}

/* ---- keys ---- */

void app_do(struct app *app, enum action action)
{
    if (action == ACTION_NONE) {
        return;
    }
    app->state.message[0] = '\0';
    app->message_left = 0;
    app->dirty = true;
    app_want_blocks(app);
    if (app_do_look(app, action) || !ready(app)) {
        return;
    }
    if (!app_view_act(app, action) && !app_do_time(app, action)) {
        app_do_run(app, action);
    }
}

void app_key(struct app *app, uint32_t key, uint32_t mods)
{
    const struct view_def *def = view_of(app);
    if (key != KEY_NONE && app->state.message[0]) { /* any key says that it was read */
        app->state.message[0] = '\0';
        app->message_left = 0;
        app->dirty = true;
    }
    app_want_blocks(app);
    if (app->state.overlay == OVERLAY_GO && ready(app)) {
        app_go_key(app, key, mods);
        return;
    }
    if (mods == 0 && (app_heap_key(app, key) || app_list_key(app, key))) {
        return;
    }
    bool in_menu = overlay_is_menu(app->state.overlay);
    enum action own = in_menu ? ACTION_NONE : input_own_action(def->keys, def->key_count, key, mods);
    app_do(app, own != ACTION_NONE ? own : input_action(key, mods, in_menu));
}

bool app_tick(struct app *app, double seconds)
{
    app_take_news(app);
    if (app->flash_left > 0) {
        app->flash_left -= seconds;
        app->dirty = true;
    }
    if (app->pulse_left > 0) {
        app->pulse_left -= seconds;
        app->dirty = true;
    }
    if (app->message_left > 0 && (app->message_left -= seconds) <= 0) {
        app->state.message[0] = '\0';
        app->dirty = true;
    }
    if (ready(app) && app->player.playing) {
        app_play_on(app, seconds);
    }
    bool moving = app_view_tick(app, seconds);
    bool under_way = source_target(app->source) != source_model(app->source)->event; /* a seek in parts */
    return moving || under_way || (ready(app) && app->player.playing) || app->flash_left > 0 || app->pulse_left > 0 || app->dirty;
}

/* ---- pictures ---- */

bool app_needs_draw(const struct app *app) { return app->dirty; }

struct screen app_layout(const struct app *app, const struct view_state *state)
{
    struct view_ask ask = {app->w, app->h, state->scale_percent, source_model(app->source), source_lane_count(app->source), state};
    return view_layout(&ask);
}

static const struct drawlist *draw(struct app *app, const struct model *models, int lanes, int *w, int *h)
{
    app->state.playing = app->player.playing;
    app->state.speed = player_speed(&app->player);
    app->state.flash_percent = app->flash_left > 0 ? (uint32_t)(100 * app->flash_left / FLASH_SECONDS) : 0;
    app->state.pulse_percent = app->pulse_left > 0 ? (uint32_t)(100 * app->pulse_left / PULSE_SECONDS) : 0;
    struct view_ask ask = {app->w, app->h, app->state.scale_percent, models, lanes, &app->state};
    view_draw(app->view, &ask, &app->list, &app->hits, &app->screen);
    *w = app->w;
    *h = app->h;
    return &app->list;
}

/* While the map plays, or follows the scrubber, and tells of no single block, its kinds are enough: a large heap is not read whole for
 * each picture. */
static bool kinds_will_do(const struct app *app)
{
    const struct view_state *state = &app->state;
    bool moves = app->dragging || (app->player.playing && player_speed(&app->player) > FLASH_SPEED_MAX);
    bool pointed = app->mouse_in && rect_contains(app->screen.map, app->mouse_x, app->mouse_y);
    if (!ready(app) || !moves || pointed || state->view != VIEW_MAP || source_lane_count(app->source) != 1 || state->pinned ||
        state->pointed_off != VIEW_NO_OFF || state->colour != COLOUR_KIND || range_shown(state) || app->flash_left > 0) {
        return false;
    }
    const struct screen screen = app_layout(app, state);
    return map_mixes(&screen.grid);
}

void app_want_blocks(struct app *app)
{
    if (ready(app) && source_model(app->source)->zones) {
        source_want(app->source, view_of(app)->wants);
    }
}

const struct drawlist *app_draw(struct app *app, int *w, int *h)
{
    source_want(app->source, view_of(app)->wants | (kinds_will_do(app) ? MODEL_WANT_KINDS : 0));
    if (app->seek_pending) {
        app->seek_pending = false;
        source_seek(app->source, app->seek_to);
    }
    const struct drawlist *list = draw(app, source_model(app->source), source_lane_count(app->source), w, h);
    app->dirty = false;
    if (ready(app) && !app->dragging) {
        app_point(app); /* the picture may have moved below a mouse that stands still */
    }
    if (app->dirty) {
        list = draw(app, source_model(app->source), source_lane_count(app->source), w, h);
        app->dirty = false;
    }
    if (!app->told_font && text_missing(app->list.text)) {
        app->told_font = true;
        app_say(app, text_missing(app->list.text));
    }
    return list;
}

const struct drawlist *app_draw_model(struct app *app, const struct model *model, int *w, int *h) { return draw(app, model, 1, w, h); }

struct view_state *app_state(struct app *app)
{
    app->dirty = true;
    return &app->state;
}

const struct hits *app_hits(const struct app *app) { return &app->hits; }
const struct screen *app_screen(const struct app *app) { return &app->screen; }
bool app_wants_quit(const struct app *app) { return app->quit; }

bool app_takes_full_screen(struct app *app)
{
    bool wanted = app->full_screen;
    app->full_screen = false;
    return wanted;
}
