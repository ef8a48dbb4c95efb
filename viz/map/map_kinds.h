/* map_kinds.h: a map's pixels as the mix of the kinds below them, for any stretch of pixels. */
#ifndef HEAPLAB_VIZ_MAP_KINDS_H
#define HEAPLAB_VIZ_MAP_KINDS_H

#include "light.h"
#include "model.h"
#include "screen.h"

struct map_kinds {
    const struct model *model;
    const struct map_grid *grid;
    const struct light *light;
    uint32_t colours[KIND_COUNT + 1]; /* the last: where nothing is known, and behind the heap's end */
};

/* Fills pixels first … end - 1, counted row after row, of out[width x rows]. The same bytes give the same pixels, whether they are
 * filled alone or all together, from spans or from zones. O(pixels + spans below them). */
void map_kinds_fill(const struct map_kinds *kinds, uint64_t first, uint64_t end, uint32_t *out);

/* The same for the pixels of every zone that changed after `version`. True for each row that got a new pixel in rows[]. */
void map_kinds_update(const struct map_kinds *kinds, uint32_t version, uint32_t *out, bool *rows);

#endif
