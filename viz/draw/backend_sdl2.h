/* backend_sdl2.h: the window. It shows the raster and turns the window system's events into the app's calls. */
#ifndef HEAPLAB_VIZ_BACKEND_SDL2_H
#define HEAPLAB_VIZ_BACKEND_SDL2_H

#include "app.h"
#include "raster.h"

struct window;

/* Opens a window of that size in points. NULL where there is no display; `why` says so. `vsync` false: as fast as it goes. */
struct window *window_open(const char *title, int w, int h, bool vsync, char *why, size_t why_size);
void window_close(struct window *window); /* NULL is allowed */

void window_size(const struct window *window, int *w, int *h); /* in pixels */
bool window_points(const struct window *window, int *w, int *h); /* in points, as window_open takes it; false: it fills the screen */
const char *window_renderer(const struct window *window);     /* "opengl", "software" … */

/* Draws a list into the raster and shows it. False if the size cannot be had. */
bool window_show(struct window *window, struct raster *raster, const struct drawlist *list, int w, int h);

/* Hands waiting events to the app; waits up to `wait_ms` for the first. False: the window was closed. */
bool window_poll(struct window *window, struct app *app, int wait_ms);

void window_toggle_full_screen(struct window *window);
double window_seconds(void); /* a clock that only goes forward */

#endif
