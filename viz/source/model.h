/* model.h: all that a picture needs to know of a run, as plain data.
 *
 * The panes read this and nothing else: they know no session, no policy and no file. source.c fills it from a session, tests fill it
 * by hand. Invariants: spans are in address order and cover the arena without gaps; an event's number counts the events that have
 * happened (0: none yet), so history index `n - 1` is the state after event n.
 */
#ifndef HEAPLAB_VIZ_MODEL_H
#define HEAPLAB_VIZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "theme.h"

#define MODEL_NONE UINT32_MAX
#define MODEL_LANES 4 /* runs side by side, at most */

struct model_span {
    uint32_t off, size; /* bytes from the arena's start */
    uint32_t block;     /* index into blocks; MODEL_NONE for control, free and reserved */
    uint8_t kind;       /* enum kind */
};

/* What a zone of the heap (2^zone_shift bytes) consists of, in address order and without gaps: bytes and kind in one word. KIND_COUNT:
 * nothing is known of these bytes. */
#define MODEL_PIECE(bytes, kind) ((uint32_t)(bytes) << 3 | (uint32_t)(kind))
#define MODEL_PIECE_BYTES(piece) ((piece) >> 3)
#define MODEL_PIECE_KIND(piece) ((piece) & 7u)
struct model_zone {
    const uint32_t *pieces;
    uint32_t count, version; /* version: the spans_version with which it last changed */
};

/* A live allocation: its header, payload and slack spans together. */
struct model_block {
    uint64_t id;
    uint32_t off, size;               /* the whole block */
    uint32_t payload_off;             /* what the program got */
    uint32_t header, requested, slack; /* size = header + requested + slack */
    uint32_t birth;                   /* the event that made it */
    uint32_t site, thread;            /* MODEL_NONE where the trace says nothing */
};

/* One block from birth to death at one address (a moving realloc makes a second one), for the space-time strip. */
struct model_life {
    uint64_t id;
    uint32_t off, size;
    uint32_t birth, death; /* event numbers, birth < death; death = count + 1: never freed */
    uint32_t site;         /* MODEL_NONE where the trace says nothing */
    uint32_t born;         /* the event that allocated it: `birth`, or earlier where a realloc moved or resized it */
};

enum mark_kind { MARK_PHASE, MARK_PEAK, MARK_LEAST_LARGEST, MARK_LONGEST_SEARCH, MARK_FAILURE };

struct model_mark {
    uint32_t event;
    uint8_t kind;     /* enum mark_kind */
    const char *name; /* phase; NULL otherwise; owned by the model's owner */
    uint64_t value;   /* peak: payload bytes; least: largest free bytes; search: visits; failure: requested bytes */
};

/* One value an event, `count` of each; bytes. Before the first event nothing is live, and only the free bytes are told. */
struct model_history {
    const uint32_t *payload, *in_use, *free, *largest;
    uint32_t start_free, start_largest;
    const uint32_t *steps;  /* visits of each event's search */
    const uint32_t *placed; /* where the event put its payload; MODEL_PLACED_NOTHING, MODEL_PLACED_FAILED */
};

/* The run up to the cursor by the names of sim/scores.h: what `heaplab replay --to EVENT` prints. */
struct model_scores {
    uint64_t failures, first_failure; /* event; 0: none so far */
    uint64_t least_largest;           /* minimum_largest_free_bytes */
    double external_mean, internal_mean, steps_mean;
    uint64_t steps_max;
};

#define MODEL_PLACED_NOTHING UINT32_MAX
#define MODEL_PLACED_FAILED (UINT32_MAX - 1)

/* The failed request at the cursor, if the event at the cursor failed. */
struct model_failure {
    bool at_cursor;
    uint64_t wanted;   /* bytes requested */
    uint32_t gross;    /* bytes that a hole would need, header and rounding included; 0: unknown */
    uint32_t holes;    /* free blocks */
};

/* ---- what only some views need: filled while a view that is shown asks for it (view_def.wants) ---- */

enum model_want {
    MODEL_WANT_SEARCH = 1, /* model.search */
    MODEL_WANT_BINS = 2,   /* model.bins */
    MODEL_WANT_BYTES = 4,  /* model.memory */
    MODEL_WANT_KINDS = 8   /* model.zones in place of spans and blocks, where that can be had: the picture shows no single block */
};

/* What the policy did in the event at the cursor, in the order in which it did it: its own micro-events, recorded by running the
 * event again. `off` and `bytes` are a free block as it was then, header included. */
enum model_step_kind { MODEL_STEP_VISIT, MODEL_STEP_BIN, MODEL_STEP_SPLIT, MODEL_STEP_MERGE };
struct model_step { uint8_t kind; uint32_t off, bytes; };

struct model_search {
    bool made;               /* false: not asked for, or no event at the cursor */
    const struct model_step *steps;
    uint32_t count, visits;  /* all steps that are kept; of all steps, those that are visits */
    bool cut;                /* more steps than are kept */
    uint64_t wanted;         /* bytes that the event asked for; 0: a free, a mark */
    uint32_t placed;         /* as in the history */
};

/* How the policy keeps its free blocks, where it tells: lists, size classes, orders, slabs. Blocks of a bin stand in list order. */
enum model_bins_kind {
    MODEL_BINS_NONE,      /* the policy does not tell: the holes in address order are all there is */
    MODEL_BINS_LIST,      /* one list of all holes */
    MODEL_BINS_ORDERS,    /* one list for each power of two (buddy) */
    MODEL_BINS_TWO_LEVEL, /* rows by powers of two, columns by parts of them (tlsf): a bit a row, a bit a class */
    MODEL_BINS_SLABS,     /* pages of slots of one size (slabs, pools) */
    MODEL_BINS_CLASSES    /* a list for each class, a bit each, all in one word; rows only put like ones together */
};
struct model_place { uint32_t off, bytes; };
struct model_bin {
    uint32_t row, column;
    uint32_t least, most;  /* block sizes that belong here, bytes; most: the largest of them */
    uint32_t first, count; /* its blocks: `count` of model_bins.blocks from `first` on */
    bool bit;              /* the policy's own bit for it is set */
};
struct model_slab { uint32_t off, bytes, slot_bytes, slots, used; };
struct model_bins {
    enum model_bins_kind kind;
    uint32_t rows, columns;
    const struct model_bin *bins;     /* row by row */
    const struct model_place *blocks; /* of all bins together */
    const struct model_slab *slabs;   /* in address order */
    uint32_t bin_count, block_count, slab_count;
};

/* The policy's bitmap of [from, from + bytes): a bit for each granule, in words of 32 that lie in the arena too, the lowest bit first. */
#define MODEL_MAPS 8
struct model_map {
    uint32_t from, bytes, granule;
    uint32_t off, first;            /* where its words lie; the number of the first granule's bit */
    const char *used, *free;        /* the rule for the bits of a block */
    uint32_t size_word, size_shift; /* see model_map_size_word; 0: no word tells a block's size */
};

/* A named part of a block, from the policy's own description of its blocks ("| size·flags 4 | before 4 | payload |"). */
#define MODEL_FIELDS 8
#define MODEL_BITS 4
struct model_bit { char name[24]; uint8_t bit; };
struct model_field {
    char name[32];
    uint32_t bytes;  /* 0: as many as the block says (the payload, or what a free block holds of no meaning) */
    bool payload;    /* fields before it stand in front of the payload, the others behind it */
    struct model_bit bits[MODEL_BITS]; /* what single bits of the word mean; the others are the field's value */
    uint32_t bit_count;
};

/* Something in the trace that was passed over, so that the rest can be shown. Texts are owned by the model's owner. */
struct model_anomaly {
    uint64_t line;           /* of the file, from 1; 0: no lines */
    uint64_t event;          /* whole events before it */
    const char *what, *found; /* "free or realloc of a dead id"; what stands there, may be empty */
};

/* How a request becomes the size of a block, measured with small requests on an empty heap. */
enum model_rounding {
    MODEL_ROUND_UNKNOWN,
    MODEL_ROUND_STEP,   /* request and header, rounded up to `step`, and at least `least` */
    MODEL_ROUND_POWER,  /* the next power of two */
    MODEL_ROUND_CLASS,  /* the next size of slots */
    MODEL_ROUND_ONE     /* all blocks have one size */
};
struct model_grant { enum model_rounding rounding; uint32_t step, least; };

/* One of a trace's heaps, to choose from: what names it in --heap, its own events, the peak of its payload. */
#define MODEL_HEAPS 16
struct model_heap { char key[64]; uint64_t events, peak; uint32_t pool_block, pool_count; /* 0, 0: no pool */ };

enum model_state { MODEL_EMPTY, MODEL_LOADING, MODEL_READY, MODEL_ERROR };

struct model {
    enum model_state state;
    char title[160], detail[400];       /* loading and error: the headline and what is known; with a banner: the same at length */
    uint64_t progress_done, progress_all;
    struct model_heap heaps[MODEL_HEAPS]; /* error: the trace has several of them, and one has to be chosen … */
    uint32_t heap_count, heap_more;     /* … so many are named here, and so many more there are; 0: another error */
    char heap_name[64];                 /* the one that is shown; empty: the trace has but one */

    const char *trace_name, *policy_name;
    const char *const *policy_names, *const *policy_ideas; /* the menu's lines */
    uint32_t policy_count, policy;      /* policy_count: none of the list is chosen */
    uint32_t arena_bytes;
    uint64_t arena_base;                /* address of offset 0 */

    uint32_t count, event;              /* events of the trace; events that have happened */
    uint32_t spans_version, run_version; /* change with the spans (a seek), with the whole run (policy, trace) */

    const struct model_span *spans;
    uint32_t span_count;
    const struct model_block *blocks;
    uint32_t block_count;
    const struct model_zone *zones;     /* MODEL_WANT_KINDS: then there are no spans and blocks; NULL: there are */
    uint32_t zone_count, zone_shift;
    uint32_t live_count;                /* live blocks, whether they are read or not */
    uint64_t kind_bytes[KIND_COUNT];    /* sums over the spans */
    uint32_t largest_off, largest_bytes; /* the largest hole; 0 bytes: none */
    uint32_t hole_count;
    struct model_failure failure;
    struct model_scores scores;

    struct model_history history;
    const struct model_life *lives;     /* in order of birth */
    uint32_t life_count;
    const uint32_t *ends;               /* indices of the lives that end, in order of their ends */
    uint32_t end_count;
    const struct model_span *fixed;     /* control and reserved bytes as they stood before the first event */
    uint32_t fixed_count;
    const struct model_mark *marks;     /* in order of events */
    uint32_t mark_count;

    const char *const *sites;           /* names by index; site_count may be 0 */
    const char *const *threads;
    uint32_t site_count, thread_count;
    bool has_sites, has_threads;
    char banner[200];                   /* what was wrong with the trace while it is shown; empty: nothing */

    const struct model_anomaly *anomalies; /* with a banner: the first of them, in the file's order */
    uint32_t anomalies_kept;            /* how many those are; 0: the banner says it all */
    uint64_t anomaly_count;             /* of all */

    char spec[96];                      /* the policy as on a command line: NAME[:key=value…] */
    uint32_t alignment;                 /* bytes */
    uint32_t checks;                    /* HEAP_CHECKS_*: 1 none, 2 basic; 0: the policy's default */
    uint32_t divergence;                /* first event that this lane places elsewhere than lane 0 (lane 0: than any other); 0: never */
    uint64_t divergence_id, divergence_wanted; /* that event's allocation and the bytes that it asks for */
    uint32_t loaded, loaded_all;        /* events that could be run, of those that were read; less: stopped by the person */
    struct model_field fields[MODEL_FIELDS]; /* of a block; always filled */
    uint32_t field_count;
    const char *picture;                /* the same as one line; NULL: the policy says nothing */
    struct model_field free_fields[MODEL_FIELDS]; /* of a free block; 0: the policy says nothing */
    uint32_t free_field_count;
    uint32_t link_base;                 /* what addresses in the policy's words count from, at offset 0 */
    bool frees, joins;                  /* a freed block can be used again; it becomes one with its free neighbours */
    struct model_grant grant;
    struct model_map maps[MODEL_MAPS];  /* one a region; none: the policy keeps none */
    uint32_t map_count;

    struct model_search search;         /* MODEL_WANT_SEARCH */
    struct model_bins bins;             /* MODEL_WANT_BINS */
    const uint8_t *memory;              /* MODEL_WANT_BYTES: the arena's arena_bytes bytes; payload is the simulator's filler, not the
                                         * program's data; NULL: none to show */
};

/* Index of the span that holds the offset, or MODEL_NONE. O(log spans). */
uint32_t model_span_at(const struct model *model, uint32_t off);

/* The live block with that id, or MODEL_NONE. O(blocks). */
uint32_t model_block_of_id(const struct model *model, uint64_t id);

/* The life that the event ended, or NULL. O(log lives). */
const struct model_life *model_life_ended(const struct model *model, uint32_t event);

/* The first event with a mark of that kind; 0: none. */
uint32_t model_first_mark(const struct model *model, enum mark_kind kind);

/* Where a run is looked at first: at its first failure, else at its peak, else at its end. Of several lanes, of the first that fails. */
uint32_t model_start(const struct model *models, int lane_count);

/* The number of the next (step 1) or previous (step -1) mark from `event` on; with `failures`, only failures. `event` if there is none. */
uint32_t model_next_mark(const struct model *model, uint32_t event, int step, bool failures);

/* The map that tells of the offset, or NULL. */
const struct model_map *model_map_at(const struct model *model, uint32_t off);

/* The bit of the granule at the offset; false without memory. `*word`: where the word lies that holds it, `*bit`: its number there. */
bool model_map_bit(const struct model *model, const struct model_map *map, uint32_t off, uint32_t *word, uint32_t *bit);

/* Does a word of the map tell the size of the used block in place of its bits? Then `*from` is where the first of that word's granules lies;
 * it has 32 of them. */
bool model_map_size_word(const struct model_map *map, uint32_t off, uint32_t size, uint32_t *from);

/* The little-endian word at an offset; 0 outside the memory. */
uint32_t model_word(const struct model *model, uint32_t off);

/* The stretch of [off, off + bytes) with the fewest live blocks (then bytes) that would hold `gross` bytes if they were gone. */
struct model_window {
    uint32_t off, bytes;         /* from the end of one block to the start of the next that stays; 0 bytes: none */
    uint32_t first_block, count; /* the pins: `count` blocks from this index on */
    uint32_t pin_bytes;
};

/* O(spans). Control and reserved spans cannot be moved. Blocks are in address order. */
struct model_window model_find_pins(const struct model *model, uint32_t gross);

#endif
