/* hosted.h: the C library's malloc of a POSIX host as an allocator that can be watched, for the replica of FreeRTOS's heap_3.
 *
 * It runs in a process of its own, forked for one heap: there nobody else allocates, the same calls give the same places, and when the
 * heap ends its memory is gone. Only the places are used; the bytes of a block lie in the heap that asks. Places are counted
 * from where the library puts its first block. Blocks at or above the heap's end are refused, and so are those that the library takes from
 * elsewhere (beyond 64 MiB, on 32-bit hosts 1 MiB).
 *
 * Needs glibc. If the process dies or stays silent, requests fail. A call costs two switches of process. */
#ifndef HEAP_HOSTED_H
#define HEAP_HOSTED_H

#include <heap/heap.h>

#if defined(__linux__) && defined(__GLIBC__)
#define HOSTED_EXISTS 1
#else
#define HOSTED_EXISTS 0
#endif

#define HOSTED_ALIGN 16u                       /* of every place */
#define HOSTED_HEADER ((uint32_t)sizeof(size_t)) /* the library's own word in front of a block */
#define HOSTED_FIRST (HOSTED_ALIGN - HOSTED_HEADER) /* where the first block's word lies */

/* In the state block: who serves this heap. */
struct hosted {
    int32_t socket, process;
};

/* A block, and the free space around it: from `before` to the header, and from the payload's end to `after`. */
struct hosted_block {
    uint32_t at, bytes, before, after; /* at: HEAP_NONE where there is none */
};

/* HEAP_OK, or HEAP_E_UNSUPPORTED. What served the same state block before ends. */
int hosted_begin(struct hosted *hosted, uint32_t limit);
void hosted_end(struct hosted *hosted);

struct hosted_block hosted_alloc(const struct hosted *hosted, uint32_t bytes);
struct hosted_block hosted_free(const struct hosted *hosted, uint32_t at); /* `at` HEAP_NONE: no live block begins there */

/* Live blocks from `at` on, in order: how many of at most HOSTED_BATCH were written; fewer: there are no more. Negative: lost. */
#define HOSTED_BATCH 64
int hosted_list(const struct hosted *hosted, uint32_t at, struct hosted_block *blocks);

#endif
