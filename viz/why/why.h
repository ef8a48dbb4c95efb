/* why.h: the parts of the Why view: what happened at the cursor, and the panes that explain it. */
#ifndef HEAPLAB_VIZ_WHY_H
#define HEAPLAB_VIZ_WHY_H

#include "pane.h"

enum why_kind { WHY_START, WHY_NOTHING, WHY_FAILED, WHY_SERVED, WHY_FREED };

/* What there is to explain at the cursor. Bytes, offsets from the arena's start. */
struct why {
    enum why_kind kind;
    uint64_t wanted;            /* asked for; freed: what the block had */
    uint32_t gross;             /* what it takes, header and rounding included; 0: not known */
    uint32_t header;            /* of it */
    bool power;                 /* the rest of it rounds up to a power of two, not to the alignment */
    uint32_t free, largest, holes;
    struct model_place taken;   /* served: the hole as it was; 0 bytes: not told */
    struct model_place left;    /* served by moving a block: its old place, where that is free now; 0 bytes: none */
    uint32_t moved_from;        /* its offset; MODEL_NONE: it did not move */
    uint32_t over;              /* served: of the hole, what is free still */
    uint32_t block;             /* served: index of the block; MODEL_NONE */
    const struct model_life *freed;
    struct model_place merged;  /* freed: the hole that it is in now; 0 bytes: none */
    struct model_window window; /* failed: the blocks that keep it from fitting; count 0: none */
    const char *phase;          /* nothing: the phase that begins here, or NULL */
    uint32_t visits;            /* of the search, kept and not kept */
    struct why_tag *tag;        /* set by the view */
    int shown;                  /* visits that the replay has reached; all of them: it is over */
};

/* What is said of the thing under the mouse; written by the pane that draws it, drawn last. */
enum { WHY_TAG_MAX = 240 };
struct why_tag { char words[WHY_TAG_MAX]; struct rect area; };

/* Values of HIT_PART; those of HIT_VIEW are offsets of holes. */
enum { WHY_PART_OCTAVE = 0, WHY_PART_BIN = 1 << 16, WHY_PART_SLOTS = 2 << 16 };

/* O(spans + steps). */
struct why why_of(const struct frame *frame);

/* The event that frees the block with that id and birth; count + 1: none. O(lives that begin while it lives). */
uint32_t why_death(const struct model *model, uint64_t id, uint32_t birth);

/* Seconds that the replay of `visits` takes: 60 ms each, 1.5 s at most. */
double why_replay_seconds(uint32_t visits);

/* The offsets of the visited holes, sorted, each once, of at most WHY_VISITS_KNOWN visits; how many they are. */
enum { WHY_VISITS_KNOWN = 65536 };
int why_visited(const struct model_search *search, uint32_t offsets[WHY_VISITS_KNOWN]);

/* Each hole as it was when the policy searched: served, the taken one is whole again. */
struct why_holes { const struct why *why; const struct model *model; uint32_t span, at; bool taken_given; };
struct why_holes why_holes_begin(const struct model *model, const struct why *why);
bool why_holes_next(struct why_holes *holes, struct model_place *hole);

/* The panes; each fills its rectangle, title included. */
void why_head_draw(const struct frame *frame, const struct why *why, struct rect area);
void why_wanted_draw(const struct frame *frame, const struct why *why, struct rect area);
void why_lane_draw(const struct frame *frame, const struct why *why, struct rect area);
int why_lane_height(const struct frame *frame, const struct why *why); /* that it asks for */
enum { WHY_FEW_BARS = 4 }; /* so many are drawn wider, in a narrower pane */
int why_search_bars(const struct frame *frame, const struct why *why, int most); /* visits and other holes, counted up to `most` */
void why_search_draw(const struct frame *frame, const struct why *why, struct rect area);
void why_octaves_draw(const struct frame *frame, const struct why *why, struct rect area);
void why_bins_draw(const struct frame *frame, const struct why *why, struct rect area);

/* Shared by the panes. */
static inline uint32_t why_accent(const struct frame *frame, const struct why *why)
{
    return why->kind == WHY_FAILED ? frame->theme->fail : frame->theme->ink2;
}
static inline uint64_t why_free_before(const struct why *why) /* the search */
{
    return (uint64_t)why->free + (why->taken.bytes - why->over) - why->left.bytes;
}
static inline uint64_t why_needs(const struct why *why) { return why->gross ? why->gross : why->wanted; }
static inline int why_width(const struct frame *frame, struct text_style text, const char *words)
{
    return text_width(frame->list->text, text.face, text.size, words);
}
static inline struct text_number why_address(const struct frame *frame, uint32_t off) { return format_address(frame->model->arena_base + off); }

/* Makes the area something to point at. Where the mouse is, the buffer of WHY_TAG_MAX bytes (empty) that takes its words; else NULL. */
char *why_spot(const struct frame *frame, const struct why *why, struct rect area, enum hit_kind kind, uint32_t value);
static inline struct rect why_row_spot(const struct frame *frame, struct rect row) /* its frame stands off its numbers */
{
    return rect_make(row.x - px(frame, 4), row.y, row.w + px(frame, 8), row.h);
}
void why_hole_words(const struct frame *frame, const struct why *why, struct model_place hole, char *words);
void why_tag_draw(const struct frame *frame, const struct why *why);

/* "#974: 256 B, born at event …", for how long, until when. */
void why_block_words(const struct frame *frame, const struct model_block *block, char *words, size_t size);

/* A free cell: pattern and, from 3 px on, a frame; 1 px of ground at its right. */
void why_cell(const struct frame *frame, struct rect cell);

/* Title, and as much of the subtitle as fits before `right`: all of it or nothing. Returns the x behind them. */
int why_title(const struct frame *frame, int x, int right, int y, const char *title, const char *subtitle);

#endif
