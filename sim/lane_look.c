/* lane_look.c: questions to a lane: nothing here changes it. */
#include <zlib.h>

#include "lane_private.h"

bool lane_is_faithful(const struct lane_options *options) { return options->policy->inspect->replica != NULL && !options->guarded; }

const struct lane_options *lane_options_of(const struct lane *lane) { return &lane->options; }
const struct metrics_now *lane_now(const struct lane *lane) { return &lane->now; }
const struct metrics_run *lane_run(const struct lane *lane) { return &lane->run; }
struct heap *lane_heap(struct lane *lane) { return &lane->heap; }

bool lane_has_image(const struct lane *lane)
{
    return (lane->options.policy->inspect->traits & HEAP_NO_IMAGE) == 0;
}

/* heap_digest with zlib's faster checksum; the boards' tests hold both to the same numbers. */
uint32_t lane_digest(const struct lane *lane)
{
    if (!lane_has_image(lane)) {
        return 0;
    }
    uLong crc = crc32_z(0, lane->memory, heap_state_bytes(lane->options.policy));
    for (uint32_t i = 0; i < lane->heap.region_count; i++) {
        crc = crc32_z(crc, lane->heap.regions[i].base, lane->heap.regions[i].bytes);
    }
    return (uint32_t)crc;
}

void lane_watch_zones(struct lane *lane, uint8_t *zones, uint32_t shift)
{
    lane->zones = zones;
    lane->zone_shift = shift;
    lane_touch_all(lane);
}

const uint8_t *lane_zones(const struct lane *lane) { return lane->zones; }

uint32_t lane_slot_count(const struct lane *lane) { return lane->block_room; }

const struct lane_block *lane_block(const struct lane *lane, uint32_t slot)
{
    return slot < lane->block_room ? &lane->blocks[slot] : NULL;
}

/* A word holds the start of one payload at most, but not always at its first byte: replicas' regions may begin anywhere. */
uint32_t lane_slot_from(const struct lane *lane, heap_off from, heap_off end)
{
    const heap_off last = end <= lane->options.heap_bytes ? (end - 1) / 4 : lane->options.heap_bytes / 4;
    for (heap_off word = from / 4; word <= last; word++) {
        const uint32_t slot = lane->owners[word] - 1;
        if (lane->owners[word] != 0 && lane->blocks[slot].off >= from && lane->blocks[slot].off < end) {
            return slot;
        }
    }
    return TRACE_NO_SLOT;
}

uint32_t lane_slot_at(const struct lane *lane, heap_off payload)
{
    if (lane->owners != NULL) {
        return payload < lane->heap.bytes ? lane_slot_from(lane, payload, payload + 1) : TRACE_NO_SLOT;
    }
    for (uint32_t slot = 0; slot < lane->block_room; slot++) {
        if (lane->blocks[slot].state == LANE_LIVE && lane->blocks[slot].off == payload) {
            return slot;
        }
    }
    return TRACE_NO_SLOT;
}

uint64_t lane_report_offset(const struct lane *lane, heap_off off)
{
    for (uint32_t i = 0; i < lane->heap.region_count; i++) {
        const struct heap_region *region = &lane->heap.regions[i];
        if (off - region->first < region->bytes) {
            const uint64_t skipped = (uint64_t)(region->base - (lane->memory + lane->region_at[i]));
            return lane->options.regions[i].offset + skipped + (off - region->first);
        }
    }
    return off;
}

struct useful {
    uint64_t size, bytes;
};

static bool add_useful(void *ctx, uint32_t bytes, uint32_t count)
{
    struct useful *useful = ctx;
    if (bytes < useful->size) {
        return false;
    }
    useful->bytes += (uint64_t)bytes * count;
    return true;
}

uint64_t lane_useful_free(const struct lane *lane, uint64_t size)
{
    struct useful useful = {size, 0};
    if (!lane->options.unmeasured) {
        free_spans_each(&lane->spans, add_useful, &useful);
    }
    return useful.bytes;
}

uint32_t lane_largest_request(struct lane *lane)
{
    return lane->options.policy->inspect->largest_request == NULL ? 0 : lane->options.policy->inspect->largest_request(&lane->heap);
}
