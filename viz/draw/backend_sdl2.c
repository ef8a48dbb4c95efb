/* backend_sdl2.c: SDL2 behind backend_sdl2.h.
 *
 * The raster is uploaded as one streaming texture; it has the size of the window in pixels, so a high-resolution display gets its
 * own pixels and nothing is stretched. Mouse positions come in points and are scaled.
 */
#include "backend_sdl2.h"

#include <SDL2/SDL.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct window {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    int texture_w, texture_h;
    char renderer_name[32];
    bool shift; /* held when the event came that is being handled: later ones may be known already */
};

static bool fail(struct window *window, const char *what, char *why, size_t why_size)
{
    snprintf(why, why_size, "%s: %s", what, SDL_GetError());
    window_close(window);
    return false;
}

static bool open_parts(struct window *window, const char *title, int w, int h, bool vsync, char *why, size_t why_size)
{
    Uint32 window_flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI;
    window->window = SDL_CreateWindow(title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, w, h, window_flags);
    if (!window->window) {
        return fail(window, "no window", why, why_size);
    }
    SDL_SetWindowMinimumSize(window->window, SCREEN_MIN_W, SCREEN_MIN_H);
    /* The software renderer would show its pixels as an OpenGL texture: where the processor draws that too, it costs four pictures. */
    SDL_SetHintWithPriority(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0", SDL_HINT_DEFAULT);
    Uint32 flags = vsync ? SDL_RENDERER_PRESENTVSYNC : 0;
    window->renderer = SDL_CreateRenderer(window->window, -1, flags);
    if (!window->renderer) {
        window->renderer = SDL_CreateRenderer(window->window, -1, SDL_RENDERER_SOFTWARE);
    }
    if (!window->renderer) {
        return fail(window, "no renderer", why, why_size);
    }
    SDL_RendererInfo info;
    if (SDL_GetRendererInfo(window->renderer, &info) == 0) {
        snprintf(window->renderer_name, sizeof window->renderer_name, "%s", info.name);
    }
    return true;
}

struct window *window_open(const char *title, int w, int h, bool vsync, char *why, size_t why_size)
{
    if (!SDL_getenv("DISPLAY") && !SDL_getenv("WAYLAND_DISPLAY") && !SDL_getenv("SDL_VIDEODRIVER")) {
        snprintf(why, why_size, "no display"); /* SDL would try its drivers, and they would complain */
        return NULL;
    }
    if (SDL_Init(SDL_INIT_VIDEO) != 0) {
        snprintf(why, why_size, "no display (%s)", SDL_GetError());
        return NULL;
    }
    const char *driver = SDL_GetCurrentVideoDriver();
    bool unseen = driver && (strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0);
    struct window *window = unseen && !SDL_getenv("SDL_VIDEODRIVER") ? NULL : calloc(1, sizeof *window);
    if (!window) { /* SDL falls back to a window that nobody sees: only where it was asked for */
        snprintf(why, why_size, unseen ? "no display" : "out of memory");
        SDL_Quit();
        return NULL;
    }
    return open_parts(window, title, w, h, vsync, why, why_size) ? window : NULL;
}

void window_close(struct window *window)
{
    if (!window) {
        return;
    }
    if (window->texture) {
        SDL_DestroyTexture(window->texture);
    }
    if (window->renderer) {
        SDL_DestroyRenderer(window->renderer);
    }
    if (window->window) {
        SDL_DestroyWindow(window->window);
    }
    free(window);
    SDL_Quit();
}

void window_size(const struct window *window, int *w, int *h)
{
    if (SDL_GetRendererOutputSize(window->renderer, w, h) != 0) {
        SDL_GetWindowSize(window->window, w, h);
    }
}

bool window_points(const struct window *window, int *w, int *h)
{
    SDL_GetWindowSize(window->window, w, h);
    return (SDL_GetWindowFlags(window->window) & (SDL_WINDOW_FULLSCREEN_DESKTOP | SDL_WINDOW_MAXIMIZED)) == 0;
}

const char *window_renderer(const struct window *window) { return window->renderer_name; }

static bool texture_fit(struct window *window, int w, int h)
{
    if (window->texture && window->texture_w == w && window->texture_h == h) {
        return true;
    }
    if (window->texture) {
        SDL_DestroyTexture(window->texture);
    }
    window->texture = SDL_CreateTexture(window->renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STREAMING, w, h);
    window->texture_w = w;
    window->texture_h = h;
    return window->texture != NULL;
}

bool window_show(struct window *window, struct raster *raster, const struct drawlist *list, int w, int h)
{
    if (!raster_resize(raster, w, h) || !texture_fit(window, w, h)) {
        return false;
    }
    raster_draw(raster, list);
    SDL_UpdateTexture(window->texture, NULL, raster->pixels, w * (int)sizeof *raster->pixels);
    SDL_Rect whole = {0, 0, w, h};
    SDL_RenderClear(window->renderer);
    SDL_RenderCopy(window->renderer, window->texture, NULL, &whole);
    SDL_RenderPresent(window->renderer);
    return true;
}

static uint32_t key_of(SDL_Keycode sym)
{
    static const struct { SDL_Keycode sym; uint32_t key; } names[] = {
        {SDLK_LEFT, KEY_LEFT}, {SDLK_RIGHT, KEY_RIGHT}, {SDLK_UP, KEY_UP}, {SDLK_DOWN, KEY_DOWN}, {SDLK_HOME, KEY_HOME},
        {SDLK_PAGEUP, KEY_PAGE_UP}, {SDLK_PAGEDOWN, KEY_PAGE_DOWN},
        {SDLK_END, KEY_END}, {SDLK_RETURN, KEY_ENTER}, {SDLK_KP_ENTER, KEY_ENTER}, {SDLK_TAB, KEY_TAB}, {SDLK_F1, KEY_F1},
        {SDLK_BACKSPACE, KEY_BACKSPACE},
        {SDLK_F11, KEY_F11}, {SDLK_ESCAPE, KEY_ESCAPE}, {SDLK_KP_PLUS, '+'}, {SDLK_KP_MINUS, '-'},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].sym == sym) {
            return names[i].key;
        }
    }
    return sym > 0 && sym < 127 ? (uint32_t)sym : KEY_NONE;
}

/* Characters that some layouts have only with Shift (`?`, `+`) arrive as text; letters and names arrive as keys. */
static bool comes_as_text(char c) { return c != '\0' && strchr("?+=-,.[]#0123456789", c) != NULL; }

static void on_key(struct app *app, const SDL_KeyboardEvent *event)
{
    uint32_t key = key_of(event->keysym.sym);
    SDL_Keymod held = (SDL_Keymod)event->keysym.mod;
    uint32_t mods = (held & KMOD_CTRL ? (uint32_t)MOD_CTRL : 0u) | (held & KMOD_SHIFT ? (uint32_t)MOD_SHIFT : 0u);
    bool text = key < 127 && comes_as_text((char)key);
    if ((mods & MOD_CTRL) && key < 127 && key != KEY_ESCAPE) {
        app_key(app, key, MOD_CTRL);
    } else if (!text && !(key == '/' && (mods & MOD_SHIFT))) {
        app_key(app, key, mods);
    }
}

static void to_pixels(const struct window *window, int *x, int *y)
{
    int pw, ph, ww, wh;
    window_size(window, &pw, &ph);
    SDL_GetWindowSize(window->window, &ww, &wh);
    *x = ww > 0 ? *x * pw / ww : *x;
    *y = wh > 0 ? *y * ph / wh : *y;
}

static void on_mouse(struct window *window, struct app *app, const SDL_Event *event)
{
    int x = event->type == SDL_MOUSEMOTION ? event->motion.x : event->button.x;
    int y = event->type == SDL_MOUSEMOTION ? event->motion.y : event->button.y;
    to_pixels(window, &x, &y);
    if (event->type == SDL_MOUSEMOTION) {
        app_mouse_move(app, x, y);
    } else if (event->button.button != SDL_BUTTON_LEFT && event->button.button != SDL_BUTTON_RIGHT) {
        return;
    } else if (event->type == SDL_MOUSEBUTTONDOWN) {
        bool left = event->button.button == SDL_BUTTON_LEFT, range = !left || window->shift;
        if (!(range && app_mouse_range_down(app, x, y)) && left) {
            app_mouse_down(app, x, y);
        }
    } else {
        app_mouse_up(app);
    }
}

static void on_window(struct window *window, struct app *app, const SDL_WindowEvent *event)
{
    int w, h;
    switch (event->event) {
    case SDL_WINDOWEVENT_SIZE_CHANGED:
    case SDL_WINDOWEVENT_EXPOSED:
        window_size(window, &w, &h);
        app_resize(app, w, h);
        break;
    case SDL_WINDOWEVENT_LEAVE: app_mouse_leave(app); break;
    default: break;
    }
}

static bool on_event(struct window *window, struct app *app, SDL_Event *event)
{
    switch (event->type) {
    case SDL_QUIT: return false;
    case SDL_KEYDOWN:
        window->shift = (event->key.keysym.mod & KMOD_SHIFT) != 0;
        on_key(app, &event->key);
        break;
    case SDL_KEYUP: window->shift = (event->key.keysym.mod & KMOD_SHIFT) != 0; break;
    case SDL_TEXTINPUT:
        if (comes_as_text(event->text.text[0]) && event->text.text[1] == '\0') {
            app_key(app, (uint32_t)event->text.text[0], 0);
        }
        break;
    case SDL_MOUSEMOTION:
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: on_mouse(window, app, event); break;
    case SDL_MOUSEWHEEL: app_wheel(app, event->wheel.y); break;
    case SDL_WINDOWEVENT: on_window(window, app, &event->window); break;
    case SDL_DROPFILE:
        app_drop(app, event->drop.file);
        SDL_free(event->drop.file);
        break;
    default: break;
    }
    return true;
}

bool window_poll(struct window *window, struct app *app, int wait_ms)
{
    SDL_Event event;
    bool any = wait_ms > 0 ? SDL_WaitEventTimeout(&event, wait_ms) == 1 : SDL_PollEvent(&event) == 1;
    while (any) {
        if (!on_event(window, app, &event)) {
            return false;
        }
        any = SDL_PollEvent(&event) == 1;
    }
    return true;
}

void window_toggle_full_screen(struct window *window)
{
    bool full = (SDL_GetWindowFlags(window->window) & SDL_WINDOW_FULLSCREEN_DESKTOP) != 0;
    SDL_SetWindowFullscreen(window->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
}

double window_seconds(void) { return (double)SDL_GetPerformanceCounter() / (double)SDL_GetPerformanceFrequency(); }
