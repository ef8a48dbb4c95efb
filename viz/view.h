/* view.h: a model and the viewer's own state become a draw list and the list of what can be pointed at.
 *
 * The view keeps no state but caches: the same model, state and size give the same list. What it caches (the strip's pixels, the
 * columns of the history) is remade when the run, the size or the theme changes.
 */
#ifndef HEAPLAB_VIZ_VIEW_H
#define HEAPLAB_VIZ_VIEW_H

#include "screen.h"
#include "model.h"

enum colour_mode { COLOUR_KIND, COLOUR_SIZE, COLOUR_AGE, COLOUR_SITE, COLOUR_THREAD, COLOUR_COUNT };
enum overlay { OVERLAY_NONE, OVERLAY_HELP, OVERLAY_POLICY };

#define VIEW_NO_OFF UINT32_MAX

/* What the person has chosen and points at. */
struct view_state {
    enum theme_id theme;
    enum colour_mode colour;
    enum overlay overlay;
    int scale_percent;      /* 0: by the window's size */
    uint32_t menu_line;     /* the policy menu's chosen line */
    uint32_t map_first, map_bytes; /* the part of the heap that the map shows; 0 bytes: all of it */
    bool playing;
    uint32_t speed;         /* events a second */
    uint32_t pointed_off;   /* offset under the mouse on the map, or VIEW_NO_OFF */
    bool pointing_event;    /* the mouse is over strip or lanes … */
    uint32_t pointed_event; /* … at this event */
    bool pinned;
    uint64_t pinned_id;
    uint32_t flash_percent; /* how much is left of the flash of the last event, 0 … 100 */
    uint64_t flash_id;      /* the block that it made or changed */
    uint32_t freed_off, freed_bytes; /* the payload that it freed; 0 bytes: none */
    char message[160];      /* one line in the status bar; empty: the keys */
};

enum hit_kind {
    HIT_NONE, HIT_TAB, HIT_BACK, HIT_PLAY, HIT_FORWARD, HIT_SLOWER_FASTER, HIT_POLICY, HIT_POLICY_LINE, HIT_COLOUR, HIT_EVENT, HIT_MAP,
    HIT_TIME, HIT_ACTION, HIT_OVERLAY
};

struct hit { struct rect area; enum hit_kind kind; uint32_t value; };

#define HITS_MAX 128

struct hits { struct hit list[HITS_MAX]; uint32_t count; };

struct view; /* caches */

struct view *view_new(void); /* NULL without memory */
void view_free(struct view *view);

/* Writes the picture of `w` x `h` pixels (at least SCREEN_MIN_*) into `list` (cleared first), what can be pointed at into `hits`
 * (later ones lie on top), and the layout that was used. */
void view_draw(struct view *view, const struct model *model, const struct view_state *state, int w, int h, struct drawlist *list,
               struct hits *hits, struct screen *screen);

/* The topmost thing under the mouse; kind HIT_NONE if there is none. */
struct hit hits_at(const struct hits *hits, int x, int y);

#endif
