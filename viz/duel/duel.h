/* duel.h: the parts of the Duel view, shared by view_duel.c and duel_*.c only.
 *
 * Lanes keep their letters and colours whatever is hidden and however they are sorted.
 */
#ifndef HEAPLAB_VIZ_DUEL_H
#define HEAPLAB_VIZ_DUEL_H

#include "colouring.h"
#include "pane.h"

enum { DUEL_NAME_MAX = 64, DUEL_LEGEND = CATEGORIES + KIND_COUNT + 2 };

/* Where everything stands. Arrays go by place (the order on the screen); `lanes` says whose it is. */
struct duel_plan {
    struct screen screen;          /* strip: of all lanes, with its parts; budget: the chart of the largest free block */
    int lanes[MODEL_LANES], count; /* the lanes that are shown, in order */
    struct rect heads[MODEL_LANES], maps[MODEL_LANES];
    struct rect score;
    int spine_x, spine_w;
    uint32_t arena_most;           /* bytes of the largest heap that is shown */
};

/* `begun`: of screen_begin. */
struct duel_plan duel_plan_make(const struct screen *begun, const struct model *models, int lane_count, const struct view_state *state);

/* Hidden lanes are not shown, unless that would be all of them. */
bool duel_shown(const struct view_state *state, int lane_count, int lane);

/* Does lane `a` do better than `b`? By failures, then the first of them, the least largest hole, the mean external fragmentation. */
bool duel_better(const struct model *a, const struct model *b);

/* The first event that two of the shown lanes place differently, and which; false: none. */
struct duel_parting { uint32_t event; int a, b; };
bool duel_find_parting(const struct model *models, const int *lanes, int count, struct duel_parting *parting);

uint32_t duel_colour(const struct frame *frame, int lane);

/* What tells the lane from the others: its policy, or its heap's size where all run one policy. */
void duel_lane_name(const struct frame *frame, int lane, char *name, size_t size);

/* The lane's name as far as it stays whole within `width`: all of it, its first word, or nothing. */
void duel_short_name(const struct frame *frame, int lane, struct text_style text, int width, char *out, size_t size);

/* The letter in its colour, `side` pixels wide and high. */
void duel_badge(const struct frame *frame, int x, int y, int side, int lane);

/* What the maps' colours mean: made once a picture. */
struct duel_legend {
    struct colouring colouring; /* of all maps: of lane 0, with the categories that have a name here */
    struct legend_item items[DUEL_LEGEND];
    bool lives;        /* the colours of the strips are named beside their title; else below the verdict, where there is room */
    char texts[CATEGORIES][48];
    int count, text_count;
    bool above;                 /* on the chart's head; else in two lines under the verdict, `first` items in the first of them */
    int first;
};
void duel_legend_make(const struct frame *frame, const struct duel_plan *plan, struct duel_legend *legend);
void duel_legend_above(const struct frame *frame, const struct duel_legend *legend, int left, int right, int y);
void duel_legend_below(const struct frame *frame, const struct duel_legend *legend, struct rect area); /* two lines high */

/* Who serves every request up to the cursor, and in what the best of them, or of all, does best. `with_name`: the only one is called by
 * its name too. Reads models, lane_count and the language of the frame. */
struct duel_verdict { bool good; char first[160], second[160]; };
struct duel_verdict duel_verdict_make(const struct frame *frame, const struct duel_plan *plan, bool with_name);

/* Three lanes in a small window: the verdict stands at the right of the strips' title. Pixels that it takes there; 0: it stands below
 * its table. */
int duel_verdict_apart(const struct frame *frame, const struct duel_plan *plan);

void duel_maps_draw(const struct frame *frame, const struct duel_plan *plan, const struct duel_legend *legend);
void duel_time_draw(const struct frame *frame, const struct duel_plan *plan, struct duel_legend *legend); /* strips, marks, chart */
void duel_score_draw(const struct frame *frame, const struct duel_plan *plan, const struct duel_legend *legend); /* table and verdict */

#endif
