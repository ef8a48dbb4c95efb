/* source_zones.h: a heap as kinds only, zone by zone, kept from position to position.
 *
 * While a large heap plays, a picture shows no single block: only which bytes are of which kind. The lane tells which zones changed
 * since the last reading, and only those are read again. */
#ifndef HEAPLAB_VIZ_SOURCE_ZONES_H
#define HEAPLAB_VIZ_SOURCE_ZONES_H

#include "layout.h"
#include "model.h"

struct source_zones {
    struct model_zone *zones;
    uint32_t *rooms;      /* pieces that fit, by zone */
    uint8_t *touched;     /* the lane's marks; NULL: never read */
    uint32_t *pieces;     /* of the zone that is being read */
    uint32_t count, shift;
    uint64_t kind_bytes[KIND_COUNT];
    struct layout layout;
};

/* Brings the zones up to the lane's position, and the model's sums, holes and zones with them. False without memory. O(walk + spans
 * that changed). The lane must track owners. */
bool source_zones_read(struct source_zones *zones, struct model *model, struct lane *lane);
void source_zones_end(struct source_zones *zones);

#endif
