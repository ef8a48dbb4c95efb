/* app.c: actions, mouse and playing. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>

#include "colouring.h"
#include "player.h"

#define FLASH_SECONDS 0.24
#define FLASH_SPEED_MAX 60
#define MESSAGE_SECONDS 4.0
#define SCALE_STEP 25
#define SCALE_MIN 100
#define SCALE_MAX 300
#define ZOOM_BYTES_MIN 256
#define MENU_PAGE 5

struct app {
    struct source *source;
    struct view *view;
    struct drawlist list;
    struct hits hits;
    struct screen screen;
    struct view_state state;
    struct player player;
    int w, h;
    int mouse_x, mouse_y;
    bool mouse_in, dragging;
    bool dirty, quit, full_screen, still;
    bool seek_pending;
    uint32_t seek_to;
    double flash_left, message_left;
};

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
    app->state.pointed_off = VIEW_NO_OFF;
    app_resize(app, w, h);
    app_opened(app);
    return app;
}

void app_free(struct app *app)
{
    if (!app) {
        return;
    }
    view_free(app->view);
    drawlist_free(&app->list);
    free(app);
}

static const struct model *model_of(const struct app *app) { return source_model(app->source); }

static bool ready(const struct app *app) { return model_of(app)->state == MODEL_READY; }

static void say(struct app *app, const char *message)
{
    snprintf(app->state.message, sizeof app->state.message, "%s", message);
    app->message_left = MESSAGE_SECONDS;
    app->dirty = true;
}

/* The event where the cursor will stand when the next picture is drawn. */
static uint32_t event_now(const struct app *app) { return app->seek_pending ? app->seek_to : model_of(app)->event; }

void app_seek(struct app *app, uint32_t event)
{
    if (!ready(app)) {
        return;
    }
    app->seek_to = event < model_of(app)->count ? event : model_of(app)->count;
    app->seek_pending = true;
    app->flash_left = 0;
    app->dirty = true;
}

void app_set_still(struct app *app, bool still) { app->still = still; }

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
    app->seek_pending = app->dragging = false;
    app->state.pinned = false;
    app->state.map_bytes = 0;
    app->state.pointed_off = VIEW_NO_OFF;
    app->state.pointing_event = false;
    app->state.overlay = OVERLAY_NONE;
    app->dirty = true;
}

void app_resize(struct app *app, int w, int h)
{
    app->w = w < SCREEN_MIN_W ? SCREEN_MIN_W : w;
    app->h = h < SCREEN_MIN_H ? SCREEN_MIN_H : h;
    app->dirty = true;
}

void app_drop(struct app *app, const char *path)
{
    source_load(app->source, path, NULL);
    app_opened(app);
}

/* ---- actions ---- */

/* What the event to which the cursor goes did: a block made or changed lights up, the frame of a freed one fades. */
static void flash(struct app *app, uint32_t event)
{
    const struct model *model = model_of(app); /* still before the event */
    bool frees;
    uint64_t id = app->still ? 0 : source_event_id(app->source, event, &frees);
    uint32_t freed = id && frees ? model_block_of_id(model, id) : MODEL_NONE;
    app->state.flash_id = id;
    app->state.freed_off = freed != MODEL_NONE ? model->blocks[freed].payload_off : 0;
    app->state.freed_bytes = freed != MODEL_NONE ? model->blocks[freed].requested : 0;
    app->flash_left = id ? FLASH_SECONDS : 0;
}

static void step_by(struct app *app, int64_t events)
{
    int64_t to = (int64_t)event_now(app) + events;
    app->player.playing = false;
    app_seek(app, to < 0 ? 0 : to > UINT32_MAX ? UINT32_MAX : (uint32_t)to);
    if (events == 1) {
        flash(app, (uint32_t)to);
    }
}

static void play_or_pause(struct app *app)
{
    app->player.playing = !app->player.playing;
    app->player.carry = 0;
    if (app->player.playing && event_now(app) >= model_of(app)->count) {
        app_seek(app, 0);
    }
}

void app_play(struct app *app, uint32_t seconds)
{
    player_last(&app->player, model_of(app)->count, seconds);
    app_do(app, ACTION_PLAY);
}

static void go_to_mark(struct app *app, int step, bool failures)
{
    uint32_t from = event_now(app), to = model_next_mark(model_of(app), from, step, failures);
    app->player.playing = false;
    if (to == from) {
        say(app, failures ? "No other failure that way." : "No other mark that way.");
    } else {
        app_seek(app, to);
    }
}

static void go_to_kind(struct app *app, enum mark_kind kind, const char *none)
{
    const struct model *model = model_of(app);
    for (uint32_t i = 0; i < model->mark_count; i++) {
        if (model->marks[i].kind == kind) {
            app->player.playing = false;
            app_seek(app, model->marks[i].event);
            return;
        }
    }
    say(app, none);
}

static void set_colour(struct app *app, enum colour_mode mode)
{
    char message[64];
    if (colouring_serves(model_of(app), mode)) {
        app->state.colour = mode;
        return;
    }
    snprintf(message, sizeof message, "Colour by %s: not in trace.", colour_mode_names[mode]);
    say(app, message);
}

static void next_colour(struct app *app)
{
    for (int i = 1; i < COLOUR_COUNT; i++) {
        enum colour_mode mode = (enum colour_mode)(((int)app->state.colour + i) % COLOUR_COUNT);
        if (colouring_serves(model_of(app), mode)) {
            app->state.colour = mode;
            return;
        }
    }
}

static void set_policy(struct app *app, uint32_t policy)
{
    char why[160];
    const struct model *model = model_of(app);
    app->state.overlay = OVERLAY_NONE;
    if (policy == model->policy) {
        return;
    }
    if (app->seek_pending) {
        app->seek_pending = false;
        source_seek(app->source, app->seek_to);
    }
    if (!source_set_policy(app->source, policy, why, sizeof why) && ready(app)) {
        say(app, why);
    }
}

static void change_policy(struct app *app, uint32_t by)
{
    const struct model *model = model_of(app);
    if (model->policy_count > 0) {
        set_policy(app, (model->policy + by) % model->policy_count);
    }
}

static void open_menu(struct app *app)
{
    app->state.overlay = app->state.overlay == OVERLAY_POLICY ? OVERLAY_NONE : OVERLAY_POLICY;
    app->state.menu_line = model_of(app)->policy < model_of(app)->policy_count ? model_of(app)->policy : 0;
}

static void move_menu(struct app *app, uint32_t by)
{
    uint32_t count = model_of(app)->policy_count;
    if (count > 0) {
        app->state.menu_line = (app->state.menu_line + by) % count;
    }
}

static void choose_line(struct app *app, int64_t line)
{
    int64_t last = (int64_t)model_of(app)->policy_count - 1;
    app->state.menu_line = (uint32_t)(line > last ? last : line < 0 ? 0 : line);
}

static void change_scale(struct app *app, int by)
{
    int scale = (app->state.scale_percent ? app->state.scale_percent : (int)(app->screen.scale * 100.0f + 0.5f)) + by;
    app->state.scale_percent = scale < SCALE_MIN ? SCALE_MIN : scale > SCALE_MAX ? SCALE_MAX : scale;
}

static void choose_tab(struct app *app, uint32_t tab)
{
    static const char *const names[] = {"Map", "Duel", "Why", "Bytes", "Lesson"};
    char message[64];
    if (tab == 0) {
        return;
    }
    snprintf(message, sizeof message, "The view %s is not there yet.", names[tab]);
    say(app, message);
}

static void close_something(struct app *app)
{
    if (app->state.overlay != OVERLAY_NONE) {
        app->state.overlay = OVERLAY_NONE;
    } else if (app->state.pinned) {
        app->state.pinned = false;
    } else {
        app->state.map_bytes = 0;
    }
}

/* The power of two at or below `value` (at least 8). */
static uint32_t floor_power(uint32_t value)
{
    uint32_t power = 8;
    while (power <= value / 2) {
        power *= 2;
    }
    return power;
}

/* Shows the next smaller or larger power of two of bytes. Rows begin at whole multiples of their length; the row of `off` comes to
 * stand at the height `y` of the window, as far as the heap's ends allow. */
static void zoom(struct app *app, bool closer, uint32_t off, int y)
{
    uint32_t shown = app->screen.grid.bytes;
    uint64_t arena = model_of(app)->arena_bytes, bytes = closer ? floor_power(shown - 1) : (uint64_t)floor_power(shown) * 2;
    if (closer && bytes < ZOOM_BYTES_MIN) {
        return;
    }
    app->dirty = true;
    app->state.map_bytes = 0;
    if (bytes >= arena) {
        return;
    }
    struct map_grid grid = screen_make(app->w, app->h, app->state.scale_percent, 0, (uint32_t)bytes).grid;
    int64_t above = (y - grid.y) / grid.pitch, row = off / grid.row_bytes, last = (int64_t)((arena - bytes) / grid.row_bytes);
    above = above < 0 ? 0 : above < grid.rows ? above : grid.rows - 1;
    row = row > above ? row - above : 0;
    app->state.map_first = (uint32_t)(row < last ? row : last) * grid.row_bytes;
    app->state.map_bytes = (uint32_t)bytes;
}

/* By keys: around the pinned block, else around the middle. */
static void zoom_by_key(struct app *app, bool closer)
{
    const struct model *model = model_of(app);
    const struct map_grid *grid = &app->screen.grid;
    uint32_t block = app->state.pinned ? model_block_of_id(model, app->state.pinned_id) : MODEL_NONE, off = grid->first + grid->bytes / 2;
    if (block != MODEL_NONE && model->blocks[block].off >= grid->first && model->blocks[block].off - grid->first < grid->bytes) {
        off = model->blocks[block].off;
    }
    zoom(app, closer, off, app->screen.map.y + app->screen.map.h / 2);
}

/* Actions that need no trace. */
static bool do_always(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_THEME: app->state.theme = app->state.theme == THEME_DARK ? THEME_LIGHT : THEME_DARK; return true;
    case ACTION_LARGER: change_scale(app, SCALE_STEP); return true;
    case ACTION_SMALLER: change_scale(app, -SCALE_STEP); return true;
    case ACTION_AUTO_SIZE: app->state.scale_percent = 0; return true;
    case ACTION_FULL_SCREEN: app->full_screen = true; return true;
    case ACTION_HELP: app->state.overlay = app->state.overlay == OVERLAY_HELP ? OVERLAY_NONE : OVERLAY_HELP; return true;
    case ACTION_CLOSE: close_something(app); return true;
    case ACTION_QUIT: app->quit = true; return true;
    case ACTION_TAB_MAP:
    case ACTION_TAB_DUEL:
    case ACTION_TAB_WHY:
    case ACTION_TAB_BYTES:
    case ACTION_TAB_LESSON: choose_tab(app, (uint32_t)(action - ACTION_TAB_MAP)); return true;
    default: return false;
    }
}

static void do_with_trace(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_PLAY: play_or_pause(app); break;
    case ACTION_STEP: step_by(app, 1); break;
    case ACTION_BACK: step_by(app, -1); break;
    case ACTION_STEP_100: step_by(app, 100); break;
    case ACTION_BACK_100: step_by(app, -100); break;
    case ACTION_STEP_10000: step_by(app, 10000); break;
    case ACTION_BACK_10000: step_by(app, -10000); break;
    case ACTION_FIRST: step_by(app, -(int64_t)UINT32_MAX); break;
    case ACTION_LAST: step_by(app, UINT32_MAX); break;
    case ACTION_SLOWER: player_slower(&app->player); break;
    case ACTION_FASTER: player_faster(&app->player); break;
    case ACTION_NEXT_MARK: go_to_mark(app, 1, false); break;
    case ACTION_PREVIOUS_MARK: go_to_mark(app, -1, false); break;
    case ACTION_NEXT_FAILURE: go_to_mark(app, 1, true); break;
    case ACTION_PREVIOUS_FAILURE: go_to_mark(app, -1, true); break;
    case ACTION_FAILURE: go_to_kind(app, MARK_FAILURE, "No request fails in this run."); break;
    case ACTION_PEAK: go_to_kind(app, MARK_PEAK, "Nothing is allocated in this run."); break;
    case ACTION_POLICY: open_menu(app); break;
    case ACTION_POLICY_NEXT: change_policy(app, 1); break;
    case ACTION_POLICY_PREVIOUS: change_policy(app, model_of(app)->policy_count - 1); break;
    case ACTION_ZOOM_IN: zoom_by_key(app, true); break;
    case ACTION_ZOOM_OUT: zoom_by_key(app, false); break;
    case ACTION_COLOUR: next_colour(app); break;
    case ACTION_UP: move_menu(app, model_of(app)->policy_count - 1); break;
    case ACTION_DOWN: move_menu(app, 1); break;
    case ACTION_PAGE_UP: choose_line(app, (int64_t)app->state.menu_line - MENU_PAGE); break;
    case ACTION_PAGE_DOWN: choose_line(app, (int64_t)app->state.menu_line + MENU_PAGE); break;
    case ACTION_TOP: choose_line(app, 0); break;
    case ACTION_BOTTOM: choose_line(app, INT64_MAX); break;
    case ACTION_CHOOSE: set_policy(app, app->state.menu_line); break;
    default: break;
    }
}

void app_do(struct app *app, enum action action)
{
    if (action == ACTION_NONE) {
        return;
    }
    app->state.message[0] = '\0';
    app->message_left = 0;
    app->dirty = true;
    if (!do_always(app, action) && ready(app)) {
        do_with_trace(app, action);
    }
}

void app_key(struct app *app, uint32_t key, uint32_t mods) { app_do(app, input_action(key, mods, app->state.overlay == OVERLAY_POLICY)); }

/* ---- mouse ---- */

static void point(struct app *app, uint32_t off, bool on_time, uint32_t event)
{
    struct view_state *state = &app->state;
    if (state->pointed_off == off && state->pointing_event == on_time && (!on_time || state->pointed_event == event)) {
        return;
    }
    state->pointed_off = off;
    state->pointing_event = on_time;
    state->pointed_event = event;
    app->dirty = true;
}

void app_mouse_move(struct app *app, int x, int y)
{
    app->mouse_x = x;
    app->mouse_y = y;
    app->mouse_in = true;
    if (!ready(app)) {
        return;
    }
    if (app->dragging) {
        app_seek(app, screen_event_at(&app->screen, x, model_of(app)->count));
        return;
    }
    struct hit hit = hits_at(&app->hits, x, y);
    uint32_t off = hit.kind == HIT_MAP ? grid_offset_at(&app->screen.grid, x, y) : VIEW_NO_OFF;
    bool on_time = hit.kind == HIT_TIME;
    point(app, off, on_time, on_time ? screen_event_at(&app->screen, x, model_of(app)->count) : 0);
    if (hit.kind == HIT_POLICY_LINE && app->state.menu_line != hit.value) {
        app->state.menu_line = hit.value;
        app->dirty = true;
    }
}

void app_mouse_leave(struct app *app)
{
    app->mouse_in = false;
    point(app, VIEW_NO_OFF, false, 0);
}

static void pin_at(struct app *app, int x, int y)
{
    const struct model *model = model_of(app);
    uint32_t off = grid_offset_at(&app->screen.grid, x, y);
    uint32_t span = off == UINT32_MAX ? MODEL_NONE : model_span_at(model, off);
    uint32_t block = span == MODEL_NONE ? MODEL_NONE : model->spans[span].block;
    bool again = block != MODEL_NONE && app->state.pinned && app->state.pinned_id == model->blocks[block].id;
    app->state.pinned = false;
    if (block != MODEL_NONE && !again) {
        app_pin(app, model->blocks[block].id);
    }
}

void app_mouse_down(struct app *app, int x, int y)
{
    app_mouse_move(app, x, y);
    struct hit hit = hits_at(&app->hits, x, y);
    app->dirty = true;
    app->state.message[0] = '\0';
    switch (hit.kind) {
    case HIT_TAB: app_do(app, (enum action)((uint32_t)ACTION_TAB_MAP + hit.value)); break;
    case HIT_BACK: app_do(app, ACTION_BACK); break;
    case HIT_PLAY: app_do(app, ACTION_PLAY); break;
    case HIT_FORWARD: app_do(app, ACTION_STEP); break;
    case HIT_SLOWER_FASTER: app_do(app, x < hit.area.x + hit.area.w / 2 ? ACTION_SLOWER : ACTION_FASTER); break;
    case HIT_POLICY: app_do(app, ACTION_POLICY); break;
    case HIT_POLICY_LINE: set_policy(app, hit.value); break;
    case HIT_COLOUR: set_colour(app, (enum colour_mode)hit.value); break;
    case HIT_EVENT: app->player.playing = false; app_seek(app, hit.value); break;
    case HIT_ACTION: app_do(app, (enum action)hit.value); break;
    case HIT_OVERLAY: app->state.overlay = OVERLAY_NONE; break;
    case HIT_MAP: pin_at(app, x, y); break;
    case HIT_TIME:
        app->player.playing = false;
        app->dragging = true;
        point(app, VIEW_NO_OFF, false, 0);
        app_seek(app, screen_event_at(&app->screen, x, model_of(app)->count));
        break;
    case HIT_NONE: break;
    }
}

void app_mouse_up(struct app *app) { app->dragging = false; }

void app_wheel(struct app *app, int notches)
{
    const struct screen *screen = &app->screen;
    uint32_t step = model_of(app)->count / 200, off = grid_offset_at(&screen->grid, app->mouse_x, app->mouse_y);
    struct rect over = rect_make(screen->map.x, screen->map.y, screen->map.w, screen->strip_head.y - screen->map.y);
    if (!ready(app) || app->state.overlay != OVERLAY_NONE || notches == 0) {
        return;
    }
    if (!app->mouse_in || !rect_contains(over, app->mouse_x, app->mouse_y)) {
        step_by(app, -(int64_t)notches * (step ? step : 1));
        return;
    }
    if (off == UINT32_MAX) { /* on the ground behind the last byte */
        off = screen->grid.first + (screen->grid.bytes - 1);
    }
    zoom(app, notches > 0, off, app->mouse_y);
    app->state.pointed_off = VIEW_NO_OFF; /* another block lies under the mouse now */
}

/* ---- time ---- */

/* Plays on, and stops at the run's first failure and at the end. */
static void play(struct app *app, uint32_t events)
{
    const struct model *model = model_of(app);
    uint32_t from = event_now(app), to = model->count - from > events ? from + events : model->count;
    uint32_t first = 0;
    for (uint32_t i = 0; i < model->mark_count && !first; i++) {
        first = model->marks[i].kind == MARK_FAILURE ? model->marks[i].event : 0;
    }
    if (events == 0) {
        return;
    }
    if (first > from && first <= to) {
        to = first;
        app->player.playing = false;
        say(app, "Stopped at the first failure. Space plays on.");
    }
    if (to == model->count) {
        app->player.playing = false;
    }
    app_seek(app, to);
    if (player_speed(&app->player) < FLASH_SPEED_MAX) {
        flash(app, to);
    }
}

bool app_tick(struct app *app, double seconds)
{
    if (app->flash_left > 0) {
        app->flash_left -= seconds;
        app->dirty = true;
    }
    if (app->message_left > 0 && (app->message_left -= seconds) <= 0) {
        app->state.message[0] = '\0';
        app->dirty = true;
    }
    if (ready(app) && app->player.playing) {
        play(app, player_advance(&app->player, seconds));
    }
    return (ready(app) && app->player.playing) || app->flash_left > 0 || app->dirty;
}

/* ---- pictures ---- */

bool app_needs_draw(const struct app *app) { return app->dirty; }

static const struct drawlist *draw(struct app *app, const struct model *model, int *w, int *h)
{
    app->state.playing = app->player.playing;
    app->state.speed = player_speed(&app->player);
    app->state.flash_percent = app->flash_left > 0 ? (uint32_t)(100 * app->flash_left / FLASH_SECONDS) : 0;
    view_draw(app->view, model, &app->state, app->w, app->h, &app->list, &app->hits, &app->screen);
    *w = app->w;
    *h = app->h;
    return &app->list;
}

const struct drawlist *app_draw(struct app *app, int *w, int *h)
{
    if (app->seek_pending) {
        app->seek_pending = false;
        source_seek(app->source, app->seek_to);
    }
    const struct drawlist *list = draw(app, model_of(app), w, h);
    app->dirty = false;
    return list;
}

const struct drawlist *app_draw_model(struct app *app, const struct model *model, int *w, int *h) { return draw(app, model, w, h); }

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
