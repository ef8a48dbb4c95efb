/* image.h: the header in front of a heap's state, so that a RAM dump or a saved image can say what it is. */
#ifndef HEAP_IMAGE_H
#define HEAP_IMAGE_H

#include <string.h>

#include <heap/heap.h>
#include <heap/policy.h>

#define HEAP_IMAGE_MAGIC HEAP_ID('H', 'E', 'A', 'P')
#define HEAP_IMAGE_VERSION 1u

struct heap_image {
    uint32_t magic;
    uint16_t version, header_bytes;
    uint32_t policy_id;
    uint32_t state_bytes;   /* of the policy, behind this header */
    uint32_t arena_bytes;   /* all regions */
    uint16_t region_count, alignment;
    uint32_t params[HEAP_MAX_PARAMS];
    uint32_t address;       /* nominal, of region 0 */
    uint32_t reserved;
};
_Static_assert(sizeof(struct heap_image) == 48, "the image header is 48 bytes on every machine");
_Static_assert(offsetof(struct heap_image, params) == 24, "no padding");

#if HEAP_IMAGE_HEADER
#define HEAP_IMAGE_HEADER_BYTES 48u

static inline void heap_image_write(const struct heap *heap, struct heap_policy_identity identity)
{
    struct heap_image image = {HEAP_IMAGE_MAGIC, HEAP_IMAGE_VERSION, HEAP_IMAGE_HEADER_BYTES, identity.id, identity.state_bytes, heap->bytes,
                               (uint16_t)heap->region_count, (uint16_t)heap->alignment, {0}, heap->regions[0].address, 0};
    memcpy(image.params, heap->params, sizeof image.params);
    memcpy(heap->state - HEAP_IMAGE_HEADER_BYTES, &image, sizeof image);
}
#else
#define HEAP_IMAGE_HEADER_BYTES 0u

static inline void heap_image_write(const struct heap *heap, struct heap_policy_identity identity)
{
    (void)heap, (void)identity;
}
#endif

#endif
