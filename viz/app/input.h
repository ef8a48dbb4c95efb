/* input.h: keys and what they do, in one table: the window, the help, the status bar and the tests all read it.
 *
 * No window system here: a key is a character or one of the names below.
 */
#ifndef HEAPLAB_VIZ_INPUT_H
#define HEAPLAB_VIZ_INPUT_H

#include <stdint.h>

enum key { /* printable keys are their lower-case ASCII characters */
    KEY_NONE = 0, KEY_ESCAPE = 27, KEY_SPACE = 32,
    KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN, KEY_HOME, KEY_END, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_ENTER, KEY_TAB, KEY_BACKSPACE, KEY_F1, KEY_F11
};

enum key_mods { MOD_SHIFT = 1, MOD_CTRL = 2 };

enum action {
    ACTION_NONE,
    ACTION_PLAY, ACTION_STEP, ACTION_BACK, ACTION_STEP_100, ACTION_BACK_100, ACTION_STEP_10000, ACTION_BACK_10000,
    ACTION_FIRST, ACTION_LAST, ACTION_SLOWER, ACTION_FASTER, ACTION_GO, ACTION_RANGE_FROM, ACTION_RANGE_TO,
    ACTION_NEXT_MARK, ACTION_PREVIOUS_MARK, ACTION_FAILURE, ACTION_NEXT_FAILURE, ACTION_PREVIOUS_FAILURE, ACTION_PEAK, ACTION_WORST,
    ACTION_DIVERGENCE, ACTION_POLICY, ACTION_POLICY_NEXT, ACTION_POLICY_PREVIOUS,
    ACTION_ZOOM_IN, ACTION_ZOOM_OUT, ACTION_COLOUR, ACTION_THEME, ACTION_LARGER, ACTION_SMALLER, ACTION_AUTO_SIZE, ACTION_FULL_SCREEN,
    ACTION_PROJECTOR, ACTION_LANGUAGE, ACTION_COMMAND, ACTION_BYTES, ACTION_BLOCK_NEXT, ACTION_BLOCK_PREVIOUS,
    ACTION_ANOMALIES, ACTION_HEAP_LARGER, ACTION_HEAP_SMALLER, ACTION_ALIGNMENT, ACTION_HARDENING,
    ACTION_TAB_MAP, ACTION_TAB_DUEL, ACTION_TAB_WHY, ACTION_TAB_BYTES, ACTION_TAB_LESSON,
    ACTION_HELP, ACTION_CLOSE, ACTION_QUIT,
    ACTION_UP, ACTION_DOWN, ACTION_PAGE_UP, ACTION_PAGE_DOWN, ACTION_TOP, ACTION_BOTTOM, ACTION_CHOOSE, /* in a menu only */
    /* of one view only: bound in view_NAME.c */
    ACTION_DUEL_A, ACTION_DUEL_B, ACTION_DUEL_C, ACTION_DUEL_D, ACTION_DUEL_SORT, ACTION_DUEL_OPEN, ACTION_LANE_ADD, ACTION_LANE_REMOVE,
    ACTION_WHY_REPLAY, ACTION_WHY_BINS,
    ACTION_BYTES_ON, ACTION_BYTES_BACK, ACTION_BYTES_HEX,
    ACTION_COUNT
};

struct key_binding {
    uint16_t key;
    uint8_t mods;
    uint8_t action;
    const char *shown;  /* as the help writes it */
    const char *what;   /* the help's line; NULL: a second key of the line above, not listed */
    const char *group;  /* the help's headline that begins here; NULL: goes on */
};

extern const struct key_binding input_keys[];
extern const uint32_t input_key_count;

/* The action of a key; ACTION_NONE if it has none. `in_menu`: a menu is open: keys move its choice, choose, close it or quit. */
enum action input_action(uint32_t key, uint32_t mods, int in_menu);

/* The same in one view's own table, which is asked first. */
enum action input_own_action(const struct key_binding *keys, uint32_t count, uint32_t key, uint32_t mods);

/* A hint of the status bar, shown where its key does something. */
enum hint_when {
    HINT_RUN, HINT_ALWAYS, /* with a trace; also without */
    HINT_PAUSED, HINT_PLAYING,
    HINT_FAILS,            /* some request fails in this run */
    HINT_FAILING,          /* the one at the cursor does */
    HINT_PINNED, HINT_UNPINNED,
    HINT_ADDS, HINT_SEVERAL, /* one more lane could run; several do */
    HINT_PART              /* the map shows a part of the heap, and no block is pinned, which Esc would unpin first */
};
struct key_hint { const char *shown, *what; uint8_t action, when; /* enum hint_when */ };
extern const struct key_hint input_help_hint; /* stands last in every view */

#endif
