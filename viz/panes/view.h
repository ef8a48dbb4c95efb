/* view.h: models and the viewer's own state become a draw list and the list of what can be pointed at.
 *
 * A view keeps no state but caches: the same models, state and size give the same list. What is cached (the strip's pixels, the
 * columns of the history) is remade when the run, the size or the theme changes.
 *
 * A view is one file view_NAME.c that defines `const struct view_def view_def_NAME` and stands in the table of view.c: how it lays
 * the screen out, how it draws, which keys it has, and what it asks of the model. The app calls it and knows no view by name.
 */
#ifndef HEAPLAB_VIZ_VIEW_H
#define HEAPLAB_VIZ_VIEW_H

#include "input.h"
#include "model.h"
#include "screen.h"
#include "words.h"

enum view_kind { VIEW_MAP, VIEW_DUEL, VIEW_WHY, VIEW_BYTES, VIEW_LESSON, VIEW_COUNT };
enum colour_mode { COLOUR_KIND, COLOUR_SIZE, COLOUR_AGE, COLOUR_SITE, COLOUR_THREAD, COLOUR_COUNT };
enum overlay {
    OVERLAY_NONE, OVERLAY_HELP, OVERLAY_POLICY,
    OVERLAY_ADD, /* the menu of policies, for one more lane */
    OVERLAY_GO, OVERLAY_ANOMALIES
};

static inline bool overlay_is_menu(enum overlay overlay) { return overlay == OVERLAY_POLICY || overlay == OVERLAY_ADD; }

#define VIEW_NO_OFF UINT32_MAX
#define VIEW_NO_EVENT UINT32_MAX /* of range_from, range_to: not set */
#define VIEW_ENTRY_MAX 48

/* What runs in the background: shown in the status bar while the old picture stays usable. */
struct view_work {
    bool on;
    char what[160];
    uint64_t done, all; /* all 0: not known */
};

/* Each view's own choices; nobody else reads them. */
struct duel_state {
    uint8_t hidden; /* bit i: lane i is not shown */
    bool sorted;    /* lanes by score */
};
struct why_state {
    double replay;  /* seconds since the search began to be shown; negative: all of it is shown */
    bool bins;      /* the other picture of the free blocks: lists for sizes, sizes for lists */
    uint32_t seen_event; /* whose search was shown last */
};
enum bytes_shows { BYTES_INDEX, BYTES_HEX, BYTES_ASCII, BYTES_SHOWS };
extern const char *const bytes_shows_names[BYTES_SHOWS]; /* as on a command line */
struct bytes_state {
    uint32_t first; /* offset of the first byte shown; VIEW_NO_OFF: around the block that the view is about */
    enum bytes_shows shows; /* of payload: its index; of all bytes: hex, ASCII */
};

enum hit_kind {
    HIT_NONE, HIT_TAB, HIT_BACK, HIT_PLAY, HIT_FORWARD, HIT_SLOWER_FASTER, HIT_POLICY, HIT_POLICY_LINE, HIT_COLOUR, HIT_EVENT,
    HIT_HEAP,  /* value: which of model.heaps shall be shown */
    HIT_MAP,   /* value: which map (lane); its grid is screen_grid(screen, value) */
    HIT_TIME, HIT_ACTION, HIT_OVERLAY,
    HIT_BLOCK, /* value: index of a block of lane 0: a click pins it */
    HIT_VIEW,  /* value: the view's own: goes to view_def.press */
    HIT_PART   /* the same, of a second sort */
};

struct hit { struct rect area; enum hit_kind kind; uint32_t value; };

/* What the person has chosen and points at. Shared by all views. */
struct view_state {
    enum view_kind view;
    enum language language;
    enum theme_id theme, theme_before; /* before: what P goes back to */
    bool projector;         /* projector mode: its theme, larger, the four figures */
    enum colour_mode colour;
    enum overlay overlay;
    int scale_percent;      /* 0: by the window's size */
    uint32_t chosen_lane;   /* the one that the other views show, and that the policy menu and what-if keys change; Duel chooses it */
    uint32_t menu_line;     /* the policy menu's chosen line */
    uint32_t list_first;    /* the first line of OVERLAY_ANOMALIES that is shown */
    char entry[VIEW_ENTRY_MAX]; /* what is typed into the line of OVERLAY_GO, ASCII */
    char entry_note[120];   /* why it was refused */
    uint32_t map_first, map_bytes; /* the part of the heap that the map shows; 0 bytes: all of it */
    bool playing;
    uint32_t speed;         /* events a second */
    uint32_t pointed_lane, pointed_off; /* map and offset under the mouse, or VIEW_NO_OFF */
    struct hit pointed_hit; /* what is under it, if that is of HIT_BLOCK, HIT_VIEW or HIT_PART */
    bool pointing_event;    /* the mouse is over strip or lanes … */
    uint32_t pointed_event; /* … at this event */
    bool pinned;
    uint64_t pinned_id;     /* the same id in every lane */
    uint32_t range_from, range_to; /* A and B: events, from <= to where both are set; VIEW_NO_EVENT: not set */
    uint32_t flash_percent; /* how much is left of the flash of the last event, 0 … 100 */
    uint32_t pulse_percent; /* how much is left of the pulse of the failure at the cursor, 0 … 100 */
    uint64_t flash_id;      /* the block that it made or changed */
    struct { uint32_t off, bytes; } freed[MODEL_LANES]; /* in each lane the payload that it freed; 0 bytes: none */
    bool still;             /* no motion but playing */
    bool remembers;         /* theme and the like may come from the settings: the command line of this state says them all */
    char message[400];      /* one line in the status bar; empty: the keys */
    struct view_work work;
    struct duel_state duel;
    struct why_state why;
    struct bytes_state bytes;
};

/* Are both ends of the range set? */
static inline bool range_shown(const struct view_state *state)
{
    return state->range_from != VIEW_NO_EVENT && state->range_to != VIEW_NO_EVENT && state->range_from <= state->range_to;
}

#define HITS_MAX 4096

struct hits { struct hit list[HITS_MAX]; uint32_t count; };

/* What a layout is made of. */
struct view_ask {
    int w, h, scale_percent;
    const struct model *models; /* lane_count of them; models[0] is the main one */
    int lane_count;
    const struct view_state *state;
};

/* What a view's own keys and clicks may see and change. What it asks of the app is carried out when the call returns. */
struct view_input {
    struct view_state *state;
    const struct model *models;
    int lane_count;
    const struct screen *screen; /* of the last picture */
    bool seek;                   /* go to … */
    uint32_t seek_to;            /* … this event */
    enum action then;            /* ACTION_NONE, or what the app does next */
    const char *say;             /* NULL, or a message for the status bar; copied */
};

struct frame;

struct view_def {
    const char *name;                  /* --view NAME */
    enum word tab;
    bool bare;                         /* no bars around it: it has the whole window */
    uint32_t wants;                    /* enum model_want, or-ed */
    struct screen (*layout)(const struct view_ask *ask);
    void (*draw)(const struct frame *frame); /* content only: bars and overlays are drawn around it */
    const struct key_hint *hints;      /* of the status bar, most useful first; "all keys" is added */
    uint32_t hint_count;
    const struct key_binding *keys;    /* the view's own, looked up before the common ones */
    uint32_t key_count;
    /* NULL, or called for the view's own actions, for a click (HIT_VIEW, HIT_PART, HIT_MAP), and for the wheel over the content; false: the app
     * does what it does in every view. */
    bool (*act)(struct view_input *input, enum action action);
    bool (*press)(struct view_input *input, struct hit hit, int x, int y);
    bool (*wheel)(struct view_input *input, int notches, int x, int y);
    /* NULL: the chosen lane alone is shown. */
    bool (*shows_lane)(const struct view_state *state, int lane_count, int lane);
    /* NULL, or called as time passes; true: something moves, draw again. */
    bool (*tick)(struct view_input *input, double seconds);
};

extern const struct view_def view_def_map, view_def_duel, view_def_why, view_def_bytes, view_def_lesson, view_def_stage;
const struct view_def *view_def_of(enum view_kind view);

/* What is shown: the chosen view, or in projector mode what stands for it there. */
const struct view_def *view_def_shown(const struct view_state *state);

/* Where everything stands in what is shown. */
struct screen view_layout(const struct view_ask *ask);

/* The view of that name, or VIEW_COUNT. */
enum view_kind view_find(const char *name);

struct view; /* caches */

struct view *view_new(void); /* NULL without memory */
void view_free(struct view *view);

/* The lane that every view but Duel shows, and that keys speak of. */
static inline int view_lane(const struct view_state *state, int lane_count)
{
    return state->chosen_lane < (uint32_t)lane_count ? (int)state->chosen_lane : 0;
}

/* Writes the picture of ask->w x ask->h pixels (at least SCREEN_MIN_*) into `list` (cleared first), what can be pointed at into
 * `hits` (later ones lie on top), and the layout that was used. */
void view_draw(struct view *view, const struct view_ask *ask, struct drawlist *list, struct hits *hits, struct screen *screen);

/* The topmost thing under the mouse; kind HIT_NONE if there is none. */
struct hit hits_at(const struct hits *hits, int x, int y);

#endif
