/* pane.h: what every pane of the view shares: the frame that is being drawn, and a few words to draw it with. */
#ifndef HEAPLAB_VIZ_PANE_H
#define HEAPLAB_VIZ_PANE_H

#include "columns.h"
#include "format.h"
#include "view.h"

struct colouring;
struct range_report;
struct strip_cache;
struct map_cache;

/* What panes keep from picture to picture, one of each a lane. */
struct view_caches {
    struct map_cache *map[MODEL_LANES];
    struct strip_cache *strip[MODEL_LANES];
    struct range_report *range; /* of lane 0 */
    struct columns columns[MODEL_LANES];
};

/* One picture in the making. Every pane draws frame->model at frame->screen's rectangles: to draw a second lane, or the same pane
 * elsewhere, make a frame with pane_lane and a screen whose rectangles are set for it. */
struct frame {
    struct drawlist *list;
    struct hits *hits;
    const struct screen *screen;
    const struct theme *theme;
    const struct model *model;   /* of this frame's lane: &models[lane] */
    const struct model *models;  /* all lanes; [0] is the main one */
    int lane_count, lane;
    const struct view_def *def;
    struct view_caches *caches;
    const struct view_state *state;
    struct model_window pins; /* of the failure at the cursor; count 0: none */
    uint32_t focus_block;     /* index of the block that the panel shows: pinned or pointed; MODEL_NONE */
    uint32_t pointed_block;   /* index of the block under the mouse; MODEL_NONE */
};

/* The frame of another lane, at other rectangles: its model, pins, pointed and focused block. `screen` must outlive it. */
struct frame pane_lane(const struct frame *frame, int lane, const struct screen *screen);

/* What a sentence says in the chosen language. */
static inline const char *tr(const struct frame *frame, enum word word) { return words_get(frame->state->language, word); }

/* The same for a text that stands as English in a table; pane_title, pane_legend, hints and the help do it themselves. */
static inline const char *trs(const struct frame *frame, const char *english) { return words_text(frame->state->language, english); }

/* The same for what others said in English, with its arguments. */
static inline void tr_said(const struct frame *frame, const char *english, char *out, size_t size)
{
    words_said(frame->state->language, english, out, size);
}

static inline int px(const struct frame *frame, double n) { return screen_px(frame->screen, n); }

static inline struct text_style style(const struct frame *frame, enum text_face face, double size, uint32_t colour)
{
    return (struct text_style){(uint8_t)face, px(frame, size), colour};
}

/* Baseline that centres capitals and digits of `size` in a row. */
static inline int baseline_in(const struct frame *frame, int y, int h, double size)
{
    return y + (h + text_cap_height(px(frame, size))) / 2;
}

/* The longest beginning of `name` that fits, ended by an ellipsis if it is cut. */
void pane_fit_text(const struct frame *frame, struct text_style text, const char *name, int width, char *out, size_t size);

/* The title (13 semibold) and, unless the window is small, the subtitle of a pane. Returns the x behind them. */
int pane_title(const struct frame *frame, int x, int y, const char *title, const char *subtitle);

/* A kind's (or any style's) swatch, framed where it is as light or dark as the ground. */
void pane_swatch(const struct frame *frame, int x, int y, int size, struct draw_style fill);

/* A legend right-aligned at `right`, on the head that begins at `y`. It is left out if it would pass `left`. Its texts are drawn as they
 * stand: they may be names of the trace. */
struct legend_item { const char *text; struct draw_style fill; uint32_t line; /* a 1 px line below; 0: none */ };
int pane_legend_width(const struct frame *frame, const struct legend_item *items, int count);
void pane_legend(const struct frame *frame, int left, int right, int y, const struct legend_item *items, int count);

/* A label in the address gutter, right-aligned before the pane, centred at y; with a tick if wanted. */
void pane_gutter(const struct frame *frame, int y, const char *text, bool tick);

/* A key in its frame, centred in a row; returns the x behind it. */
int pane_key(const struct frame *frame, int x, int y, int h, const char *shown);

/* A bit: filled if it is 1, outlined if it is 0. */
void pane_bit(const struct frame *frame, struct rect cell, bool bit);

/* The mark's shape in a box of `size` around a centre. */
void pane_mark(const struct frame *frame, enum mark_kind kind, int cx, int cy, int size);
uint32_t pane_mark_colour(const struct frame *frame, enum mark_kind kind);

void pane_hit(const struct frame *frame, struct rect area, enum hit_kind kind, uint32_t value);

/* The panes. Those with a cache take it. */
struct strip_cache *strip_cache_new(void);
void strip_cache_free(struct strip_cache *cache);
struct map_cache *map_cache_new(void);
void map_cache_free(struct map_cache *cache);
bool map_mixes(const struct map_grid *grid); /* too many bytes a pixel for single spans */

void chrome_draw_top(const struct frame *frame);
void chrome_draw_status(const struct frame *frame);
void map_pane_draw(const struct frame *frame, struct map_cache *cache);
/* The rows alone: no title, no gutter. */
void map_picture_draw(const struct frame *frame, struct map_cache *cache, const struct colouring *colouring);
void map_marks_draw(const struct frame *frame); /* outlines and tags, the last pass over the map */
void map_outlines_draw(const struct frame *frame); /* without the tags */
/* Title and legend (if strip_head has a height), picture, lives of pins and of the pinned block, range, marks, addresses (if the
 * strip has a gutter at its left). The parts, for views with several strips: */
void strip_pane_draw(const struct frame *frame, struct strip_cache *cache);
void strip_picture_draw(const struct frame *frame, struct strip_cache *cache); /* picture and lives */
void strip_range_draw(const struct frame *frame); /* A and B; time_axis_draw does it */
int strip_legend_width(const struct frame *frame);
void strip_legend_draw(const struct frame *frame, int left, int right, int y); /* what the colours of lives mean; as pane_legend */
void strip_marks_draw(const struct frame *frame);
void budget_pane_draw(const struct frame *frame, const struct columns *columns);
void percent_pane_draw(const struct frame *frame, const struct columns *columns);
void time_axis_draw(const struct frame *frame); /* ticks, playhead and pointer over strip and lanes */
void side_panel_draw(const struct frame *frame);
void side_readouts_draw(const struct frame *frame); /* its last part, beside the budget */
void block_panel_draw(const struct frame *frame, int y);
bool range_panel_shown(const struct frame *frame); /* in the place of the block's panel */
void range_panel_draw(const struct frame *frame, int y);
void help_overlay_draw(const struct frame *frame);
void policy_menu_draw(const struct frame *frame);
void anomalies_overlay_draw(const struct frame *frame);
void overlay_panel_draw(const struct frame *frame, struct rect area); /* ground and rim of what lies over the view */
void go_overlay_draw(const struct frame *frame);
void later_screen_draw(const struct frame *frame, enum word sentence); /* a view that is not there yet */
void message_screen_draw(const struct frame *frame); /* empty, loading, error */

#endif
