/* policy_support.h: what the suites that run over every policy must know of it beforehand. */
#ifndef HEAPLAB_TESTS_POLICY_SUPPORT_H
#define HEAPLAB_TESTS_POLICY_SUPPORT_H

#include <string.h>

#include <heap/heap.h>
#include <heap/policy.h>

#define SUPPORT_STATE_BYTES 8192u  /* room for any policy's state block */
#define SUPPORT_MOST (1u << 20)    /* an arena in which every policy does something */

static inline bool support_has(const struct heap_policy *policy, uint32_t traits) { return (policy->inspect->traits & traits) == traits; }

/* The layout that the owner of a malloc'ed block of this size knows. */
static inline struct heap_layout support_layout(const struct heap *heap, size_t size)
{
    return (struct heap_layout){(uint32_t)size, heap->natural};
}

/* heap_digest, or 0 where the policy has no image. */
static inline uint32_t support_digest(const struct heap *heap)
{
    return support_has(heap->policy, HEAP_NO_IMAGE) ? 0 : heap_digest(heap);
}

static inline bool support_is_sound(struct heap *heap)
{
    return support_has(heap->policy, HEAP_NO_IMAGE) || heap_check(heap, NULL) == HEAP_OK;
}

/* The least of `least` x 2^n bytes in which the policy serves two dozen blocks of 8 to 56 bytes: some hand out pages or zones, or keep
 * tables in the arena. 0: none up to `most`. */
static inline uint32_t support_arena(const struct heap_policy *policy, void *memory, void *state, uint32_t least, uint32_t most)
{
    const struct heap_config config = {.policy = policy, .state = state};
    for (uint32_t bytes = least; bytes <= most; bytes *= 2) {
        struct heap heap;
        bool served = heap_init(&heap, &config, memory, bytes) == HEAP_OK;
        for (uint32_t i = 0; i < 24 && served; i++) {
            served = heap_malloc(&heap, 8 + i % 5 * 12) != NULL;
        }
        if (served) {
            return bytes;
        }
    }
    return 0;
}

#endif
