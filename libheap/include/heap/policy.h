/* policy.h: what an allocation policy implements, and the registry that finds it.
 *
 * A policy is one file libheap/policies/NAME.c, or libheap/replicas/NAME.c where it does what an allocator of the field does, that defines the functions of HEAP_POLICY_PROTOTYPES(NAME) and,
 * with HEAP_POLICY_TABLE, the table `heap_policy_NAME`. It speaks offsets, keeps everything it knows in the arena (or in its state block), and may trust
 * its arguments: heap.c has checked sizes, alignments and pointers as far as that is possible without the policy's format.
 *
 * Contracts (sizes in bytes):
 *   init        the arena's bytes may hold anything; all of region 0 becomes control, free or reserved. HEAP_OK or HEAP_E_TOO_SMALL,
 *               HEAP_E_ARGUMENT (a parameter).
 *   add_region  region `index` (the last) has joined: the same for it. HEAP_E_UNSUPPORTED where it cannot be done.
 *   alloc       1 <= size < arena; align is a power of two, heap->alignment <= align <= heap->arena_align. A payload offset that is a multiple
 *               of align, or HEAP_NONE: then the image is unchanged.
 *   free        off lies in the arena and is a multiple of heap->alignment. With heap_checked(heap) the policy finds in O(1) what its
 *               format can tell: HEAP_E_NOT_LIVE or HEAP_E_CORRUPT, image unchanged.
 *   realloc     size >= 1; the new payload is a multiple of max(heap->alignment, old.align). HEAP_NONE: image unchanged, and
 *               heap->error says HEAP_E_NOT_LIVE or HEAP_E_CORRUPT if that is why.
 *   usable      the payload's capacity; 0 where the block is found not to be live.
 *
 * Replicas. init sets heap->alignment and heap->natural where they are not 8. With heap_faithful(heap) (lab only) nothing has been
 * checked: regions are as they were given, odd bounds and all; size is anything from 0 to 2^32 - 1; align any power of two, also below
 * heap->alignment; layout.align is what was asked for at first. Where the original would set up a useless heap, init succeeds and every
 * request fails. realloc sets heap->error = HEAP_RELEASED when it returns HEAP_NONE and has freed the block. Otherwise the contracts
 * above hold, and a request that the replica cannot align is refused. Addresses are nominal ones: src/nominal.h.
 */
#ifndef HEAP_POLICY_H
#define HEAP_POLICY_H

#include "heap.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HEAP_POLICY_PROTOTYPES(NAME)                                                                              \
    int heap_##NAME##_init(struct heap *heap);                                                                    \
    int heap_##NAME##_add_region(struct heap *heap, uint32_t index);                                              \
    heap_off heap_##NAME##_alloc(struct heap *heap, uint32_t size, uint32_t align);                               \
    int heap_##NAME##_free(struct heap *heap, heap_off off, struct heap_layout layout);                           \
    heap_off heap_##NAME##_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size);       \
    uint32_t heap_##NAME##_usable(const struct heap *heap, heap_off off);                                         \
    extern const struct heap_policy_inspect heap_##NAME##_inspect;                                                \
    extern const struct heap_policy_identity heap_##NAME##_identity

/* In a one-policy build the policy's file defines heap_malloc and heap_free_sized, so that its functions can be inlined there. */
#ifdef HEAP_ONE_POLICY
#define HEAP_SHORT_WAYS_OF(NAME)                                                                                  \
    HEAP_FLATTEN void *heap_malloc(struct heap *heap, size_t size)                                                \
    {                                                                                                             \
        return heap_short_malloc(heap, size, heap_##NAME##_alloc);                                                \
    }                                                                                                             \
    HEAP_FLATTEN int heap_free_sized(struct heap *heap, void *pointer, struct heap_layout layout)                 \
    {                                                                                                             \
        return heap_short_free(heap, pointer, layout, heap_##NAME##_free);                                        \
    }
#else
#define HEAP_SHORT_WAYS_OF(NAME)
#endif

/* The table, and the policy's identity, which is all that a one-policy build links of it. */
#define HEAP_POLICY_TABLE(NAME, ID, STATE_BYTES)                                                                  \
    HEAP_SHORT_WAYS_OF(NAME)                                                                                      \
    const struct heap_policy_identity heap_##NAME##_identity = {ID, STATE_BYTES};                                 \
    const struct heap_policy heap_policy_##NAME = {.name = #NAME, .id = ID, .state_bytes = STATE_BYTES, HEAP_POLICY_FUNCTIONS(NAME)}

/* The table's function members, in order. */
#define HEAP_POLICY_FUNCTIONS(NAME)                                                                               \
    .init = heap_##NAME##_init, .add_region = heap_##NAME##_add_region, .alloc = heap_##NAME##_alloc,             \
    .free = heap_##NAME##_free, .realloc = heap_##NAME##_realloc, .usable = heap_##NAME##_usable,                 \
    .inspect = &heap_##NAME##_inspect

struct heap_policy_inspect;

struct heap_policy_identity {
    uint32_t id, state_bytes; /* as in struct heap_policy */
};

/* The hot table: const, in flash. */
struct heap_policy {
    const char *name;
    uint32_t id;          /* in the image header: four characters, HEAP_ID('T','L','S','F') */
    uint32_t state_bytes; /* kept outside the arena (by policies whose arena must hold payload alone) */
    int (*init)(struct heap *heap);
    int (*add_region)(struct heap *heap, uint32_t index);
    heap_off (*alloc)(struct heap *heap, uint32_t size, uint32_t align);
    int (*free)(struct heap *heap, heap_off off, struct heap_layout layout);
    heap_off (*realloc)(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size);
    uint32_t (*usable)(const struct heap *heap, heap_off off);
    const struct heap_policy_inspect *inspect;
};

#define HEAP_ID(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* A parameter, `-p NAME:key=value`. Value 0 in the config means `standard`. */
struct heap_param {
    const char *key, *help;
    uint32_t standard, min, max;
    bool power_of_two;   /* only powers of two in that range */
    const char *choices; /* "error|claim": the words to choose from; the value is the word's place, from 1; min 1, max their number */
    bool since;          /* the choices are version numbers, rising: a version means the last choice that is not above it */
};

/* The whole block around a payload: header, payload, padding, trailer. */
struct heap_extent {
    heap_off off;
    uint32_t bytes;
    uint32_t trailer; /* of these, the allocator's own at the block's end */
};

enum heap_policy_traits {
    HEAP_FREES = 1u << 0,          /* free gives every block's memory back (bump: only the last one's) */
    HEAP_COALESCES = 1u << 1,      /* no two free blocks ever touch */
    HEAP_ALIGNS = 1u << 2,         /* serves alignments above the heap's */
    HEAP_FINDS_DOUBLE_FREE = 1u << 3, /* always, until that memory is part of a live block again */
    HEAP_FINDS_INTERIOR = 1u << 4, /* tells every pointer into a block's middle */
    HEAP_NEEDS_LAYOUT = 1u << 5,   /* does not know every block's size: usable and extent may say 0, realloc does better when told */
    HEAP_FIXED_SIZE = 1u << 6,     /* serves requests up to one size only */
    HEAP_RESTORES = 1u << 7,       /* one region: after everything is freed, any request that fitted the fresh heap fits again */
    HEAP_ALIGNS_4 = 1u << 8,       /* alignment 4 can be chosen */
    HEAP_SIZED_FREE = 1u << 9,     /* free and realloc need the block's layout; without it HEAP_E_LAYOUT */
    HEAP_NO_IMAGE = 1u << 10,      /* its blocks are the platform's: no digest, no moving, no check */
    HEAP_WAITS = 1u << 11          /* threads can wait for a block */
};

/* What a replica replicates. */
struct heap_replica {
    const char *of, *version;      /* "FreeRTOS heap_4", "V11.1.0+ (commit 4269c69)" */
    const char *keys;              /* what its placement vectors' names begin with, "rtthread-smem rtthread-smem-a8" */
    const char *fidelity;          /* what was compared with the original, and how much of it agrees */
    const char *const *defects;    /* of the original, replicated when faithful; ended by NULL; NULL: none */
};

/* One number of the original's own statistics: its name there, its name in placement vectors, whose (HEAP_NONE = the heap's). */
struct heap_statistic {
    const char *name, *key;
    uint32_t region, value;
};
typedef void (*heap_statistic_fn)(void *ctx, const struct heap_statistic *statistic);


/* How a policy keeps its free blocks, for pictures, of a heap that its check finds whole. What is told lies in the arena, and no list is longer
 * than the arena has room for. */
enum heap_bins_kind {
    HEAP_BINS_NONE,      /* it has not been set up */
    HEAP_BINS_LIST,      /* one list of all free blocks */
    HEAP_BINS_ORDERS,    /* a list for each power of two; a bit a list */
    HEAP_BINS_TWO_LEVEL, /* a list for each class; rows by powers of two, columns by equal parts; a bit a row, a bit a class */
    HEAP_BINS_SLABS,     /* runs of slots of one size */
    HEAP_BINS_CLASSES    /* a list for each class; a bit a class, all of them in one word; rows only put like ones together */
};
struct heap_bin {
    uint32_t row, column;
    uint32_t least, most; /* the sizes of whole blocks that belong here */
    bool bit;             /* the policy's own bit says that it is not empty; true where there are no bits and it is not */
};
struct heap_bins_visitor {
    void *ctx;
    bool (*bin)(void *ctx, const struct heap_bin *bin);                 /* false: enough */
    bool (*block)(void *ctx, heap_off off, uint32_t bytes);             /* the next one in the list of the bin told last; header included */
    bool (*slab)(void *ctx, heap_off off, uint32_t bytes, uint32_t slot_bytes, uint32_t slots, uint32_t used); /* in address order */
};

/* A bitmap beside the blocks, for pictures: a bit for each granule of a region, in words of 32, the lowest bit first. */
struct heap_map {
    heap_off off;            /* its first word */
    uint32_t granule;        /* bytes that a bit stands for */
    uint32_t first;          /* the bit of the region's first granule, as a number from the first word on */
    const char *used, *free; /* the bits of a block, "1 0 … 0" */
    uint32_t size_word;      /* this word, counted from where the bit before a used block's first lies, tells the block's granules if the block
                              * covers all of it and a bit behind; 0: none does */
    uint32_t size_shift;     /* it is these bits up */
};

/* The inspect table's entry: a board has no pictures. */
#if HEAP_LAB
#define HEAP_INSPECT_MAP(FUNCTION) .map = FUNCTION,
#define HEAP_INSPECT_BINS(FUNCTION) .bins = FUNCTION,
#define HEAP_INSPECT_WORDS(FREE_PICTURE, FLAGS) .free_picture = FREE_PICTURE, .flags = FLAGS,
#else
#define HEAP_INSPECT_MAP(FUNCTION)
#define HEAP_INSPECT_BINS(FUNCTION)
#define HEAP_INSPECT_WORDS(FREE_PICTURE, FLAGS)
#endif

/* Known worst cases of the heap's size over all programs with the same peak (Robson 1971, 1974, 1977). */
enum heap_space_bound { HEAP_BOUND_UNKNOWN, HEAP_BOUND_FIRST_FIT, HEAP_BOUND_BEST_FIT, HEAP_BOUND_BUDDY };

/* The inspect table: for people and tools; a board links it only where it walks or checks. */
struct heap_policy_inspect {
    uint32_t traits;
    int (*walk)(const struct heap *heap, heap_span_fn visit, void *ctx);      /* spans in address order that cover the arena; HEAP_OK or HEAP_E_CORRUPT */
    int (*check)(const struct heap *heap, heap_off *where);                   /* every invariant */
    struct heap_extent (*extent)(const struct heap *heap, heap_off off, struct heap_layout layout); /* of a live payload with this layout; bytes 0 = not known; O(1) */
    uint32_t (*largest_request)(const struct heap *heap);                     /* the largest size that alloc would serve now at the heap's alignment; 0 = none */
    const struct heap_param *params;                                          /* up to HEAP_MAX_PARAMS, ended by key NULL; NULL: none */
    const char *idea, *overhead, *bounds, *source;                            /* one line each */
    enum heap_space_bound space_bound;
    uint32_t smallest_block;                                                  /* bytes; the unit of the bound; 0 where it is unknown */
    const char *picture;                                                      /* a block's bytes in one line, "| size | payload |" */
    int (*resize)(struct heap *heap, uint32_t index, const struct heap_region *before); /* heap_resize_region; the policy may trim heap->regions[index] */
    void (*statistics)(const struct heap *heap, heap_statistic_fn emit, void *ctx);     /* the original's own numbers */
    const struct heap_replica *replica;                                       /* NULL: an own policy */
    void (*end)(struct heap *heap);                                           /* lab: its memory is about to go; NULL: nothing else to give back */
#if HEAP_LAB
    enum heap_bins_kind (*bins)(const struct heap *heap, const struct heap_bins_visitor *visitor); /* NULL: it does not tell. O(free blocks) */
    const char *free_picture; /* a free block's bytes, as `picture`; "…" stands for what holds nothing; NULL: it says nothing */
    const char *flags;        /* bits in the words of both pictures, "size: used 0, before free 1; next: …": the beginning of the word's
                               * name, then each bit's meaning and its number; NULL: none */
    void (*map)(const struct heap *heap, const struct heap_region *region, struct heap_map *map); /* NULL: it has none */
#endif
};

/* Does the replica get calls and memory unchecked? A constant on a board. */
#if HEAP_LAB
#define heap_faithful(heap) ((heap)->faithful)
#else
#define heap_faithful(heap) ((void)(heap), false)
#endif

/* The parameter's value: the configured one, or its default. Policies read it at init and keep what they need in the arena. */
#define heap_param_or(heap, index, standard) ((heap)->params[index] != 0 ? (heap)->params[index] : (uint32_t)(standard))

/* Are basic checks in force? A constant on a board. */
#if HEAP_LAB
#define heap_checked(heap) ((heap)->checks >= HEAP_CHECKS_BASIC)
#else
#define heap_checked(heap) ((void)(heap), HEAP_CHECKS >= HEAP_CHECKS_BASIC)
#endif

/* ---- the registry: every policy that was compiled in; lab builds ---- */
extern const struct heap_policy *const heap_policies[];
extern const size_t heap_policy_count;
const struct heap_policy *heap_policy_find(const char *name); /* NULL: no such policy; O(policies) */
const struct heap_policy *heap_policy_by_id(uint32_t id);

#ifdef __cplusplus
}
#endif
#endif
