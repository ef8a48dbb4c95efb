/* app_parts.h: the app's own state, shared by app*.c and by nobody else. */
#ifndef HEAPLAB_VIZ_APP_PARTS_H
#define HEAPLAB_VIZ_APP_PARTS_H

#include "app.h"
#include "player.h"
#include "trace.h"

#define FLASH_SECONDS 0.24
#define FLASH_SPEED_MAX 60
#define PULSE_SECONDS 0.3 /* of a failure's sign, when the cursor comes to it */

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
    bool mouse_in, dragging, ranging; /* dragging: the cursor over time; ranging: one end of the range, the other stands still */
    uint32_t range_start;
    bool dirty, quit, full_screen, opened, told_font;
    bool seek_pending;
    uint32_t seek_to;
    double flash_left, pulse_left, message_left;
    bool dropped;        /* the trace came into the window by hand: nobody said where to start */
    uint32_t started;    /* where it was shown first */
    struct trace_selection selection; /* of the trace that was opened last … */
    char heap[64];       /* … and the heap of it that was chosen in the window */
    int lanes;           /* that ran when there was last news */
    int removing;        /* the lane that is being removed */
    char *path;          /* of the trace that was opened; NULL: none by name */
    char pending_path[4096]; /* of the trace that is being opened */
};

static inline bool ready(const struct app *app) { return source_model(app->source)->state == MODEL_READY; }

/* The chosen lane's; without a run, what is known instead. */
static inline const struct model *model_of(const struct app *app)
{
    return source_lane(app->source, ready(app) ? app->state.chosen_lane : 0);
}
static inline const char *words(const struct app *app, enum word word) { return words_get(app->state.language, word); }
static inline const struct view_def *view_of(const struct app *app) { return view_def_shown(&app->state); }

void app_say(struct app *app, const char *message); /* in the status bar for a few seconds; O(1), copied */
void app_say_said(struct app *app, const char *english); /* the same for what the source said, in the chosen language */

/* What was shown by kinds only is read whole: before anything that asks for a block. */
void app_want_blocks(struct app *app);

/* Where everything would stand in that state. */
struct screen app_layout(const struct app *app, const struct view_state *state);

/* app_time.c: going elsewhere. */
bool app_do_time(struct app *app, enum action action); /* false: no action of time */
void app_play_on(struct app *app, double seconds);
void app_flash(struct app *app, uint32_t event);

/* app_go.c: the entry line; the next or previous block. */
void app_pin_beside(struct app *app, int step);
void app_go_open(struct app *app);
void app_go_key(struct app *app, uint32_t key, uint32_t mods);

/* app_look.c: how it looks and what runs: tabs, themes, zoom, policies. */
bool app_do_look(struct app *app, enum action action);  /* actions that need no trace; false: none of them */
bool app_do_run(struct app *app, enum action action);   /* of the run: policies, what-if, the map's zoom */
bool app_list_key(struct app *app, uint32_t key); /* a key that moves the list of anomalies, while it is open */
void app_set_colour(struct app *app, enum colour_mode mode);
void app_set_policy(struct app *app, uint32_t policy);
void app_zoom(struct app *app, bool closer, uint32_t off, int y);

/* app_work.c: what the source did meanwhile. */
void app_take_news(struct app *app);

/* Is there a list of heaps to choose from? A key of it; the choice. */
bool app_lists_heaps(const struct app *app);
bool app_heap_key(struct app *app, uint32_t key);
void app_choose_heap(struct app *app, uint32_t heap);
/* app_mouse.c: finds what lies under the mouse now. */
struct hit app_point(struct app *app);

/* Hands an action, a click, a turn of the wheel or time to the view and carries out what it asks for. False: the view does not want it. */
bool app_view_act(struct app *app, enum action action);
bool app_view_press(struct app *app, struct hit hit, int x, int y);
bool app_view_wheel(struct app *app, int notches);
bool app_view_tick(struct app *app, double seconds);

#endif
