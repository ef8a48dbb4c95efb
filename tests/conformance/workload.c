/* workload.c: 64 slots, each a block or none; every operation picks a slot and does what its state allows. */
#include "workload.h"

#include <string.h>

#include "conformance.h"

#define SLOTS 64u

struct slot {
    uint8_t *at;
    uint32_t size, align;
};

/* xorshift32: the same numbers everywhere. */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static uint32_t random_size(uint32_t *state)
{
    const uint32_t r = next_random(state);
    return r % 16 == 0 ? 1 + r / 16 % 1000 : 1 + r / 16 % 96;
}

static void *allocate(struct heap *heap, const struct slot *slot, uint32_t how)
{
    return slot->align != 0 ? heap_aligned_alloc(heap, slot->align, slot->size)
           : how == 0       ? heap_calloc(heap, 1, slot->size)
                            : heap_malloc(heap, slot->size);
}

static void operate(struct heap *heap, struct slot *slot, uint32_t *state)
{
    const uint32_t r = next_random(state);
    const struct heap_layout layout = {slot->size, slot->align};
    if (slot->at == NULL) {
        slot->size = random_size(state);
        slot->align = r % 8 == 0 ? 8u << r / 8 % 4 : 0;
        slot->at = allocate(heap, slot, r % 5);
    } else if (r % 4 == 0) {
        const uint32_t size = random_size(state);
        uint8_t *moved = heap_realloc_sized(heap, slot->at, layout, size);
        if (moved == NULL) {
            return;
        }
        slot->at = moved;
        slot->size = size;
    } else {
        (void)heap_free_sized(heap, slot->at, layout);
        slot->at = NULL;
        return;
    }
    if (slot->at != NULL) {
        slot->at[0] = (uint8_t)r; /* some content, so that copies count */
        slot->at[slot->size - 1] = (uint8_t)(r >> 8);
    }
}

uint32_t workload_heaps(const struct heap_policy *policy, uint32_t alignment, void *memory, uint32_t most, uint32_t heaps[WORKLOAD_HEAPS])
{
    static const uint8_t times[WORKLOAD_HEAPS] = {1, 4, 6};
    const uint32_t least = (uint32_t)conformance_bytes(policy, alignment, memory, most) / 2;
    uint32_t count = 0;
    while (least != 0 && count < WORKLOAD_HEAPS && least * times[count] <= most) {
        heaps[count] = least * times[count];
        count++;
    }
    return count;
}

struct workload_result workload_run(const struct heap_policy *policy, uint32_t alignment, void *memory, uint32_t bytes, uint32_t seed,
                                    uint32_t operations)
{
    struct heap heap;
    struct slot slots[SLOTS];
    struct workload_result result = {0, 0, 0, 0, 0, 0};
    const struct heap_config config = {.policy = policy, .alignment = alignment};
    memset(memory, 0, bytes);
    memset(slots, 0, sizeof slots);
    result.error = heap_init(&heap, &config, memory, bytes);
    for (uint32_t i = 0, state = seed | 1u; result.error == HEAP_OK && i < operations; i++) {
        operate(&heap, &slots[next_random(&state) % SLOTS], &state);
    }
    if (result.error == HEAP_OK) {
        const struct heap_counters counters = heap_get_counters(&heap);
        const bool image = (policy->inspect->traits & HEAP_NO_IMAGE) == 0;
        result = (struct workload_result){image ? heap_digest(&heap) : 0, counters.allocations, counters.frees, counters.reallocations,
                                          counters.failures, image ? heap_check(&heap, NULL) : HEAP_OK};
    }
    return result;
}
