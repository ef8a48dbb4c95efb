/* app_look.c: tabs, themes, sizes, the map's zoom, colours; what runs: policies, heap sizes, alignment, hardening. */
#include "app_parts.h"

#include <stdio.h>

#include "colouring.h"

#define SCALE_STEP 25
#define SCALE_MIN 100
#define SCALE_MAX 300
#define ZOOM_BYTES_MIN 256
#define ZOOM_BYTES_ABOVE 160 /* shown above the byte that was zoomed at: five rows of the Bytes view */
#define ZOOM_BYTE_PX 8 /* a byte as wide as that is shown by the Bytes view when it shall be wider */
#define MENU_PAGE 5
#define HEAP_STEP 4096

void app_set_colour(struct app *app, enum colour_mode mode)
{
    char message[96];
    if (colouring_serves(model_of(app), mode)) {
        app->state.colour = mode;
        return;
    }
    snprintf(message, sizeof message, words(app, WORD_NOT_IN_TRACE), words_text(app->state.language, colour_mode_names[mode]));
    app_say(app, message);
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

/* What the menu and the what-if keys change. */
static const struct model *lane_of(const struct app *app) { return source_lane(app->source, app->state.chosen_lane); }

/* Hands a change of the run to the source, at the event where the cursor is going. */
static void change_lane(struct app *app, enum source_what what, uint32_t value, uint32_t heap_bytes)
{
    char why[160];
    uint32_t lane = (uint32_t)view_lane(&app->state, source_lane_count(app->source));
    const struct source_change change = {.what = what, .lane = lane, .value = value, .heap_bytes = heap_bytes};
    if (app->seek_pending) {
        app->seek_pending = false;
        source_seek(app->source, app->seek_to);
    }
    if (!source_change(app->source, &change, why, sizeof why) && ready(app)) {
        app_say_said(app, why);
    }
    app_take_news(app);
}

static void change_run(struct app *app, enum source_what what, uint32_t value) { change_lane(app, what, value, 0); }

/* One more lane of that policy, on as large a heap as the chosen lane's; where such a one runs already, on the next larger one that
 * is not there yet: one policy is compared on several heaps. */
static void add_lane(struct app *app, uint32_t policy)
{
    uint32_t bytes = lane_of(app)->arena_bytes;
    for (int i = 0; i < source_lane_count(app->source); i++) {
        const struct model *lane = source_lane(app->source, (uint32_t)i);
        if (lane->policy == policy && lane->arena_bytes == bytes && bytes < INT32_MAX - HEAP_STEP) {
            bytes += HEAP_STEP;
            i = -1; /* that size may be there too */
        }
    }
    change_lane(app, SOURCE_ADD_LANE, policy, bytes == lane_of(app)->arena_bytes ? 0 : bytes);
}

static void remove_lane(struct app *app)
{
    app->removing = view_lane(&app->state, source_lane_count(app->source));
    change_lane(app, SOURCE_REMOVE_LANE, 0, 0);
}

void app_set_policy(struct app *app, uint32_t policy)
{
    bool adds = app->state.overlay == OVERLAY_ADD;
    app->state.overlay = OVERLAY_NONE;
    if (adds) {
        add_lane(app, policy);
    } else if (policy != lane_of(app)->policy) {
        change_run(app, SOURCE_POLICY, policy);
    }
}

static void change_heap(struct app *app, int64_t by)
{
    int64_t bytes = (int64_t)lane_of(app)->arena_bytes + by;
    change_run(app, SOURCE_HEAP_BYTES, (uint32_t)(bytes < 64 ? 64 : bytes > INT32_MAX ? INT32_MAX : bytes));
}

static void change_alignment(struct app *app)
{
    uint32_t now = lane_of(app)->alignment;
    change_run(app, SOURCE_ALIGNMENT, now == 4 ? 8 : now == 8 ? 16 : 4);
}

static void change_hardening(struct app *app)
{
    change_run(app, SOURCE_CHECKS, lane_of(app)->checks == 1 ? 2 : 1);
}

static void change_policy(struct app *app, uint32_t by)
{
    const struct model *model = lane_of(app);
    if (model->policy_count > 0) {
        app_set_policy(app, (model->policy + by) % model->policy_count);
    }
}

/* The menu, to change the chosen lane or to add one; the same key closes it. */
static void open_menu(struct app *app, enum overlay menu)
{
    bool room = menu == OVERLAY_POLICY || source_lane_count(app->source) < MODEL_LANES;
    if (!room) {
        app_say(app, words(app, WORD_DUEL_FULL));
    }
    app->state.overlay = overlay_is_menu(app->state.overlay) || !room ? OVERLAY_NONE : menu;
    app->state.menu_line = lane_of(app)->policy < lane_of(app)->policy_count ? lane_of(app)->policy : 0;
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
    int now = app->state.projector ? screen_auto_scale(app->w, app->h) : (int)(app->screen.scale * 100.0f + 0.5f);
    int scale = (app->state.scale_percent ? app->state.scale_percent : now) + by;
    app->state.scale_percent = scale < SCALE_MIN ? SCALE_MIN : scale > SCALE_MAX ? SCALE_MAX : scale;
}

static void choose_tab(struct app *app, enum view_kind view)
{
    app->state.view = view;
    app->state.overlay = OVERLAY_NONE;
    app->state.pointed_off = VIEW_NO_OFF;
    app->state.pointing_event = app->dragging = false;
}

/* The bytes of the pinned block; without one, of the last event's, or of the largest hole. */
static void show_bytes(struct app *app)
{
    app->state.bytes.first = VIEW_NO_OFF;
    choose_tab(app, VIEW_BYTES);
}

static void toggle_projector(struct app *app)
{
    struct view_state *state = &app->state;
    state->projector = !state->projector;
    if (state->projector) {
        state->theme_before = state->theme;
        state->theme = THEME_PROJECTOR;
    } else {
        state->theme = state->theme_before;
    }
}

static void change_theme(struct app *app)
{
    app->state.projector = false;
    app->state.theme = app->state.theme == THEME_DARK ? THEME_LIGHT : THEME_DARK;
}

static void print_command(struct app *app)
{
    char line[APP_COMMAND_MAX];
    app_command_line(app, line, sizeof line);
    puts(line);
    fflush(stdout);
    app_say(app, line);
}

static void close_something(struct app *app)
{
    if (source_work(app->source)) {
        source_cancel(app->source);
    } else if (app->state.overlay != OVERLAY_NONE) {
        app->state.overlay = OVERLAY_NONE;
    } else if (app->state.view != VIEW_MAP) {
        choose_tab(app, VIEW_MAP);
    } else if (app->state.pinned && !range_shown(&app->state)) { /* the range covers the panel of the pinned block: it goes first */
        app->state.pinned = false;
    } else if (app->state.range_from != VIEW_NO_EVENT || app->state.range_to != VIEW_NO_EVENT) {
        app->state.range_from = app->state.range_to = VIEW_NO_EVENT;
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
void app_zoom(struct app *app, bool closer, uint32_t off, int y)
{
    uint32_t shown = app->screen.grid.bytes;
    uint64_t arena = model_of(app)->arena_bytes, bytes = closer ? floor_power(shown - 1) : (uint64_t)floor_power(shown) * 2;
    if (closer && (bytes < ZOOM_BYTES_MIN || app->screen.grid.granule_px >= 8 * ZOOM_BYTE_PX)) {
        show_bytes(app);
        app->state.bytes.first = off > ZOOM_BYTES_ABOVE ? off - ZOOM_BYTES_ABOVE : 0;
        app->dirty = true;
        return;
    }
    app->dirty = true;
    app->state.map_bytes = 0;
    if (bytes >= arena) {
        return;
    }
    struct view_state state = app->state; /* the rows of the next picture, whose part of the heap begins anywhere */
    state.map_first = 0;
    state.map_bytes = (uint32_t)bytes;
    struct map_grid grid = app_layout(app, &state).grid;
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
    if (app->state.view != VIEW_MAP) {
        return;
    }
    app->screen = app_layout(app, &app->state); /* the last picture may have been of another view, or of another size */
    uint32_t block = app->state.pinned ? model_block_of_id(model, app->state.pinned_id) : MODEL_NONE, off = grid->first + grid->bytes / 2;
    if (block != MODEL_NONE && model->blocks[block].off >= grid->first && model->blocks[block].off - grid->first < grid->bytes) {
        off = model->blocks[block].off;
    }
    app_zoom(app, closer, off, app->screen.map.y + app->screen.map.h / 2);
}

static void show_anomalies(struct app *app)
{
    if (!ready(app) || !model_of(app)->banner[0]) {
        app_say(app, words(app, WORD_NO_ANOMALIES));
        return;
    }
    app->state.list_first = 0;
    app->state.overlay = app->state.overlay == OVERLAY_ANOMALIES ? OVERLAY_NONE : OVERLAY_ANOMALIES;
}

/* By so many lines, as far as there are some. */
static void move_list(struct app *app, int64_t by)
{
    int64_t first = (int64_t)app->state.list_first + by, last = (int64_t)model_of(app)->anomalies_kept - 1;
    app->state.list_first = (uint32_t)(first > last ? (last < 0 ? 0 : last) : first < 0 ? 0 : first);
}

bool app_list_key(struct app *app, uint32_t key)
{
    switch (app->state.overlay == OVERLAY_ANOMALIES ? key : KEY_NONE) {
    case KEY_UP: move_list(app, -1); break;
    case KEY_DOWN: move_list(app, 1); break;
    case KEY_PAGE_UP: move_list(app, -10); break;
    case KEY_PAGE_DOWN: move_list(app, 10); break;
    case KEY_HOME: move_list(app, INT32_MIN); break;
    case KEY_END: move_list(app, INT32_MAX); break;
    default: return false;
    }
    app->dirty = true;
    return true;
}

bool app_do_look(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_THEME: change_theme(app); return true;
    case ACTION_PROJECTOR: toggle_projector(app); return true;
    case ACTION_LANGUAGE: app->state.language = (enum language)(((int)app->state.language + 1) % LANGUAGE_COUNT); return true;
    case ACTION_LARGER: change_scale(app, SCALE_STEP); return true;
    case ACTION_SMALLER: change_scale(app, -SCALE_STEP); return true;
    case ACTION_AUTO_SIZE: app->state.scale_percent = 0; return true;
    case ACTION_FULL_SCREEN: app->full_screen = true; return true;
    case ACTION_HELP: app->state.overlay = app->state.overlay == OVERLAY_HELP ? OVERLAY_NONE : OVERLAY_HELP; return true;
    case ACTION_ANOMALIES: show_anomalies(app); return true;
    case ACTION_CLOSE: close_something(app); return true;
    case ACTION_COMMAND: print_command(app); return true;
    case ACTION_QUIT: app->quit = true; return true;
    case ACTION_TAB_MAP:
    case ACTION_TAB_DUEL:
    case ACTION_TAB_WHY:
    case ACTION_TAB_BYTES:
    case ACTION_TAB_LESSON: choose_tab(app, (enum view_kind)(action - ACTION_TAB_MAP)); return true;
    default: return false;
    }
}

bool app_do_run(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_POLICY: open_menu(app, OVERLAY_POLICY); return true;
    case ACTION_LANE_ADD: open_menu(app, OVERLAY_ADD); return true;
    case ACTION_LANE_REMOVE: remove_lane(app); return true;
    case ACTION_POLICY_NEXT: change_policy(app, 1); return true;
    case ACTION_POLICY_PREVIOUS: change_policy(app, model_of(app)->policy_count - 1); return true;
    case ACTION_HEAP_LARGER: change_heap(app, HEAP_STEP); return true;
    case ACTION_HEAP_SMALLER: change_heap(app, -HEAP_STEP); return true;
    case ACTION_ALIGNMENT: change_alignment(app); return true;
    case ACTION_HARDENING: change_hardening(app); return true;
    case ACTION_BYTES: show_bytes(app); return true;
    case ACTION_BLOCK_NEXT: app_pin_beside(app, 1); return true;
    case ACTION_BLOCK_PREVIOUS: app_pin_beside(app, -1); return true;
    case ACTION_ZOOM_IN: zoom_by_key(app, true); return true;
    case ACTION_ZOOM_OUT: zoom_by_key(app, false); return true;
    case ACTION_COLOUR: next_colour(app); return true;
    case ACTION_UP: move_menu(app, model_of(app)->policy_count - 1); return true;
    case ACTION_DOWN: move_menu(app, 1); return true;
    case ACTION_PAGE_UP: choose_line(app, (int64_t)app->state.menu_line - MENU_PAGE); return true;
    case ACTION_PAGE_DOWN: choose_line(app, (int64_t)app->state.menu_line + MENU_PAGE); return true;
    case ACTION_TOP: choose_line(app, 0); return true;
    case ACTION_BOTTOM: choose_line(app, INT64_MAX); return true;
    case ACTION_CHOOSE: app_set_policy(app, app->state.menu_line); return true;
    default: return false;
    }
}
