/* config.h: every compile-time choice of libheap, each with its value and its cost. Override with -D. */
#ifndef HEAP_CONFIG_H
#define HEAP_CONFIG_H

/* 1 in the simulator: micro-events, run-time check level, all policies through tables. 0 on a board. */
#ifndef HEAP_LAB
#define HEAP_LAB 0
#endif

/* Checks in free, realloc and usable size: none, or basic (O(1): foreign, misaligned and dead pointers, corrupt links).
 * In the lab this is the default of a run-time choice. */
#define HEAP_CHECKS_NONE 1
#define HEAP_CHECKS_BASIC 2
#ifndef HEAP_CHECKS
#define HEAP_CHECKS HEAP_CHECKS_BASIC
#endif

/* Regions that one heap can hold; each costs 12 bytes of the handle. With 1 an offset is an address plus a constant. */
#ifndef HEAP_MAX_REGIONS
#define HEAP_MAX_REGIONS (HEAP_LAB ? 16 : 1)
#endif

/* The 48-byte header in front of the state: lets a RAM dump say what it is. 0 saves the bytes and changes the digest. */
#ifndef HEAP_IMAGE_HEADER
#define HEAP_IMAGE_HEADER 1
#endif

/* 1: used and peak bytes are counted: one usable-size query an operation, about 50 instructions on a Cortex-M3. */
#ifndef HEAP_COUNT_BYTES
#define HEAP_COUNT_BYTES HEAP_LAB
#endif

/* bitmap_fit: 1: compiled with cells for requests of up to 8 bytes (its parameter cells=on); 0: less code, and that is refused. */
#ifndef HEAP_BITMAP_FIT_CELLS
#define HEAP_BITMAP_FIT_CELLS HEAP_LAB
#endif

/* Parameters that a policy can take. */
#define HEAP_MAX_PARAMS 4

/* The largest alignment that an arena vouches for, whatever its address happens to be: placements must not depend on luck. */
#ifndef HEAP_MAX_ALIGN
#define HEAP_MAX_ALIGN 4096u
#endif

/* HEAP_ONE_POLICY=name (best_fit, tlsf, …): calls go directly to that policy, and what is not called is not linked. */

/* Assertions against impossible states: HEAP_ASSERT(cheap) always compiled in debug builds, nothing with NDEBUG. */
#ifndef HEAP_ASSERT
#if defined(NDEBUG) || !HEAP_LAB
#define HEAP_ASSERT(condition) ((void)0)
#else
#include <assert.h>
#define HEAP_ASSERT(condition) assert(condition)
#endif
#endif

#endif
