/* app.h: the viewer without a window: input comes in, time passes, a draw list comes out.
 *
 * The window, the image back end, the fuzz test and the benchmark all drive these calls; nothing here knows SDL or a clock.
 * Seeks are put off until the picture is drawn, so that a fast mouse costs one seek a frame.
 */
#ifndef HEAPLAB_VIZ_APP_H
#define HEAPLAB_VIZ_APP_H

#include "input.h"
#include "source.h"
#include "view.h"

struct app;
struct trace_selection;

/* Takes no ownership. NULL without memory. */
struct app *app_new(struct source *source, struct text *text, int w, int h);
void app_free(struct app *app);

void app_key(struct app *app, uint32_t key, uint32_t mods);
void app_do(struct app *app, enum action action); /* what a key does */
void app_mouse_move(struct app *app, int x, int y);
void app_mouse_leave(struct app *app);
void app_mouse_down(struct app *app, int x, int y);
bool app_mouse_range_down(struct app *app, int x, int y); /* a drag over time will set the range A to B; false: no time there */
void app_mouse_up(struct app *app);
void app_wheel(struct app *app, int notches); /* away from the person: positive */
void app_resize(struct app *app, int w, int h);
void app_drop(struct app *app, const char *path);

bool app_was_dropped(const struct app *app); /* the last trace that was opened: it starts where it is of interest */

/* Opens a trace: at once or in the background, as the source does it. `selection` as in source_load. */
void app_open(struct app *app, const char *path, const struct trace_selection *selection);
bool app_takes_opened(struct app *app); /* true once after a trace was opened, or could not be: what the command line wants is due */

/* `seconds` have passed. True while something moves by itself, so that the caller comes back soon. */
bool app_tick(struct app *app, double seconds);

/* The trace changed behind the app's back (loaded): start at its beginning with a fitting speed. */
void app_opened(struct app *app);

bool app_needs_draw(const struct app *app);

/* Carries out what is put off and makes the picture; *w, *h is its size (at least SCREEN_MIN_*). Owned by the app. */
const struct drawlist *app_draw(struct app *app, int *w, int *h);

/* One picture of the model as it stands (while it is loading). */
const struct drawlist *app_draw_model(struct app *app, const struct model *model, int *w, int *h);

void app_seek(struct app *app, uint32_t event);
uint32_t app_event_now(const struct app *app); /* where the cursor stands, or where it is going */
/* Plays from the cursor, at the speed at which the whole run takes `seconds`. */
void app_play(struct app *app, uint32_t seconds);
void app_set_speed(struct app *app, uint32_t speed); /* events a second, not 0 */
void app_set_still(struct app *app, bool still); /* no motion but playing */
void app_pin(struct app *app, uint64_t id);

/* The command line that shows this state again, as one line for a shell. */
#define APP_COMMAND_MAX 8192 /* a path of the longest kind, quoted */
void app_command_line(const struct app *app, char *text, size_t size);

struct view_state *app_state(struct app *app); /* theme, colour, scale: the command line sets them */
const struct hits *app_hits(const struct app *app);
const struct screen *app_screen(const struct app *app);
bool app_wants_quit(const struct app *app);
bool app_takes_full_screen(struct app *app); /* true once after it was asked for */

#endif
