/* heap.h: the allocator as its users call it.
 *
 * Model of memory. A heap manages an arena: one region or several, packed into one range of 32-bit offsets. Everything that the
 * policy keeps in the arena is an offset or a fixed-width number, so the arena can be copied, moved, saved, and opened on another
 * machine: the same calls give the same bytes on a Cortex-M0 and on a 64-bit host. The handle (struct heap) holds the pointers
 * and is never part of that image.
 *
 *     image = [ image header 48 B | policy state ] [ arena: region 0 | region 1 | … ]
 *
 * One set of rules for every policy:
 *   - size 0: malloc, calloc and aligned_alloc return NULL (not a failure); realloc(p, 0) frees p and returns NULL.
 *   - NULL: free(NULL) does nothing and returns 0; realloc(NULL, n) is malloc(n); usable_size(NULL) is 0.
 *   - overflow: count * size or a size beyond the arena fails before the policy sees it.
 *   - failure: NULL, the heap's image unchanged, counted, `heap_last_error` says why. A failed realloc leaves the old block as it was.
 *   - alignment: every payload is aligned to the heap's alignment (8 by default); any power of two up to the arena's can be asked for.
 *   - bad pointers: foreign, misaligned and already freed ones are refused with an error in O(1) (HEAP_CHECKS), nothing is changed.
 *     A freed one is known as such until its memory is part of a live block again; what the owner of that block writes there can
 *     look like anything (pool and buddy are not fooled: they keep their marks apart).
 *
 * Threads and interrupts: a heap is not locked unless the lock hooks are set; then each call holds the lock from its first look at
 * the heap to its last. Different heaps are independent.
 */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t heap_off; /* bytes from the arena's start */
#define HEAP_NONE UINT32_MAX /* no offset; 0 is a valid one */

struct heap;
struct heap_policy;
struct heap_observer;

/* A block's size and alignment as its owner asked for them; {0, 0} where the owner does not know. Aligned, so that one 64-bit load or a
 * pair of registers passes it. */
struct heap_layout {
#ifdef __cplusplus
    alignas(8)
#else
    _Alignas(8)
#endif
    uint32_t size;
    uint32_t align;
};

/* Called without the lock when a request finds no block. It may add a region or free something; true = try once more. Requests that
 * fail while it runs, its own or another thread's, do not call it again. */
typedef bool (*heap_out_of_memory_fn)(void *ctx, struct heap *heap, struct heap_layout request);

struct heap_hooks {
    void *ctx;
    void (*lock)(void *ctx);   /* NULL: no locking */
    void (*unlock)(void *ctx);
    heap_out_of_memory_fn out_of_memory; /* NULL: fail at once */
};

/* How a heap shall be set up. All zero is a good default (but for `policy` where several are linked). */
struct heap_config {
    const struct heap_policy *policy;    /* ignored in a one-policy build */
    uint32_t alignment;                  /* of every payload: 4, 8 or 16; 0 = the policy's, 8 (AAPCS) where it has none of its own */
    uint32_t checks;                     /* lab only: HEAP_CHECKS_NONE or _BASIC; 0 = HEAP_CHECKS */
    bool faithful;                       /* lab only, replicas: calls and memory reach the policy as they are, as they reach the original */
    uint32_t address;                    /* nominal address of the memory's first byte; 0 = HEAP_NOMINAL_BASE + its place in its 4 KiB */
    uint32_t params[HEAP_MAX_PARAMS];    /* the policy's own, in its table's order; 0 = its default */
    void *state;                         /* heap_state_bytes() bytes, 8-aligned, outside the arena; NULL: taken from the memory's start */
    struct heap_hooks hooks;
};

/* What has been called so far. The byte counts are 0 where HEAP_COUNT_BYTES is 0. */
struct heap_counters {
    uint32_t allocations, frees, reallocations; /* calls that succeeded */
    uint32_t failures;                          /* requests that got NULL for want of memory */
    uint32_t refusals;                          /* calls with an argument that was refused */
    uint32_t used_bytes, peak_used_bytes;       /* usable bytes of the live blocks; the most of them so far */
};

/* The nominal address is what a replica takes for the memory's address: its placements then depend neither on the machine nor on
 * luck. It equals the true one modulo 4096. */
#define HEAP_NOMINAL_BASE 0x20000000u

struct heap_region {
    uint8_t *base;
    uint32_t bytes;
    heap_off first;   /* the offset of its first byte */
    uint32_t address; /* its nominal address */
};

/* The handle. Its members are the policies' to read, nobody else's; a handle of all zero is a heap without memory: every request
 * fails and every pointer is foreign. */
struct heap {
    uint8_t *base;                       /* of region 0 */
    uint32_t bytes;                      /* of all regions together */
    uint32_t alignment;                  /* of every payload */
    uint32_t natural;                    /* of a request that names none; the same but for a few faithful replicas */
    uint32_t arena_align;                /* the largest alignment that can be served */
    const struct heap_policy *policy;
    uint8_t *state;                      /* the policy's own state, behind the image header */
    uint32_t params[HEAP_MAX_PARAMS];
    uint32_t checks;
    bool faithful;
    uint32_t region_count;
    struct heap_region regions[HEAP_MAX_REGIONS];
    struct heap_hooks hooks;
    struct heap_counters counters;
    int error;                           /* why the last NULL or refusal */
    uint32_t error_at;                   /* the calls that had succeeded by then: one more, and it is history */
    uint32_t short_bytes, short_units;   /* for src/short_ways.h: the arena's bytes - 1, the first region's / 8; 0: the long way */
    bool asking;                         /* the out-of-memory hook is at work */
    const struct heap_observer *observer; /* lab only */
    uint64_t steps;                      /* lab only: blocks and bins visited */
};

/* Bytes of the state block that `policy` needs in front of or apart from its arena (image header included). O(1). */
uint32_t heap_state_bytes(const struct heap_policy *policy);

/* Sets up `heap` over `memory` (`bytes` long, less than 4 GiB; the arena is what remains of it after rounding to 8 (16 where
 * that is the alignment) and, if config->state is NULL, after the state block). Forgets whatever the handle held. config NULL = all defaults.
 * 0, or HEAP_E_POLICY, HEAP_E_ARGUMENT, HEAP_E_ALIGNMENT, HEAP_E_TOO_SMALL. The memory stays the caller's. O(1), but pools and buddies: O(blocks). */
int heap_init(struct heap *heap, const struct heap_config *config, void *memory, size_t bytes);

/* Adds memory to a live heap; blocks never span regions, and regions do not overlap. 0, or HEAP_E_UNSUPPORTED, HEAP_E_REGIONS, HEAP_E_TOO_SMALL, HEAP_E_ARGUMENT. */
int heap_add_region(struct heap *heap, void *memory, size_t bytes);

/* The same at a nominal address (congruent to the true one modulo 4096): what lies side by side there is adjacent to a replica. */
int heap_add_region_at(struct heap *heap, void *memory, size_t bytes, uint32_t address);

/* Region `index` shall span [memory, memory + bytes): it grows or shrinks at either end, as far as the policy can; what it spans
 * then is in heap->regions. 0, or HEAP_E_UNSUPPORTED (most policies), HEAP_E_ARGUMENT, HEAP_E_TOO_SMALL: then nothing changed.
 * Offsets count from region 0's start: they shift where that moves; pointers stay good. */
int heap_resize_region(struct heap *heap, uint32_t index, void *memory, size_t bytes);

/* `size` bytes, aligned to the heap's alignment, or NULL. Complexity, like all that follow: the policy's. */
void *heap_malloc(struct heap *heap, size_t size);

/* count * size bytes of zeros, or NULL (also where the product overflows). */
void *heap_calloc(struct heap *heap, size_t count, size_t size);

/* `size` bytes aligned to `align`, a power of two up to the arena's alignment, or NULL. */
void *heap_aligned_alloc(struct heap *heap, size_t align, size_t size);

/* The block with min(old, new) bytes of its content, perhaps elsewhere; NULL = failed, old block untouched (or size 0: freed).
 * The new payload has the heap's alignment: an alignment asked of aligned_alloc is kept only by heap_realloc_sized. */
void *heap_realloc(struct heap *heap, void *pointer, size_t size);

/* The same where the owner knows the block's layout; the alignment of `old` is kept. */
void *heap_realloc_sized(struct heap *heap, void *pointer, struct heap_layout old, size_t size);

/* Gives a block back. 0, or HEAP_E_FOREIGN, HEAP_E_MISALIGNED, HEAP_E_NOT_LIVE, HEAP_E_CORRUPT: then nothing changed. */
int heap_free(struct heap *heap, void *pointer);
int heap_free_sized(struct heap *heap, void *pointer, struct heap_layout layout);

/* Bytes that the block's owner may use (at least what was asked for); 0 for a pointer that is refused, and where the policy does
 * not know (HEAP_NEEDS_LAYOUT). */
size_t heap_usable_size(struct heap *heap, const void *pointer);

/* The counters so far; a copy taken under the lock. */
struct heap_counters heap_get_counters(struct heap *heap);

/* Why the last call returned NULL or refused a pointer (HEAP_E_*); 0 if it did not fail. */
int heap_last_error(const struct heap *heap);

/* ---- looking inside: linked only where it is called ---- */

enum heap_span_kind { HEAP_PAYLOAD, HEAP_SLACK, HEAP_HEADER, HEAP_CONTROL, HEAP_FREE, HEAP_RESERVED };

/* A run of bytes of one kind. A policy does not know how much was requested: its payload spans hold slack too (requested = 0),
 * and owner = 0; the simulator fills both in. */
struct heap_span {
    heap_off off;
    uint32_t size, requested, owner;
    uint8_t kind; /* enum heap_span_kind */
};

typedef bool (*heap_span_fn)(void *ctx, const struct heap_span *span); /* false: stop */

/* Visits every byte of the arena once, in the order of offsets. 0, or HEAP_E_CORRUPT where the way is lost, or
 * HEAP_E_UNSUPPORTED. O(blocks). Takes the lock: the callback must not call this heap. */
int heap_walk(struct heap *heap, heap_span_fn visit, void *ctx);

/* Checks every invariant of the policy. 0, or HEAP_E_CORRUPT with *where = the offset (where may be NULL). O(blocks). */
int heap_check(struct heap *heap, heap_off *where);

/* CRC-32 (IEEE 802.3, as zlib's) over state block and arena: two heaps with the same past have the same digest, on any machine,
 * if their memory was zero before heap_init and the payloads' content is the same. O(bytes). */
uint32_t heap_digest(const struct heap *heap);

/* CRC-32 continued from `crc` (0 at the start), as zlib's crc32(). */
uint32_t heap_crc32(uint32_t crc, const void *data, size_t bytes);

/* Between pointers and offsets: HEAP_NONE for a pointer outside, NULL for an offset outside. O(regions). */
heap_off heap_offset_of(const struct heap *heap, const void *pointer);
void *heap_pointer_at(const struct heap *heap, heap_off off);

#ifdef __cplusplus
}
#endif
#endif
