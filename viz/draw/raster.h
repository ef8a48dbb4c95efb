/* raster.h: the one rasteriser. It draws a draw list into 32-bit pixels in memory; every back end shows or writes these pixels. */
#ifndef HEAPLAB_VIZ_RASTER_H
#define HEAPLAB_VIZ_RASTER_H

#include <stdbool.h>

#include "drawlist.h"

#define RASTER_SIDE_MAX 16384 /* pixels; 16384 x 16384 would be 1 GiB, so the area is capped too */
#define RASTER_AREA_MAX (64 << 20)

struct raster {
    int w, h;
    uint32_t *pixels; /* 0xFFRRGGBB, rows without padding */
};

/* Makes or changes the size; the content is undefined afterwards. False if the size is out of range or memory is missing. */
bool raster_resize(struct raster *raster, int w, int h);
void raster_free(struct raster *raster);

/* Draws the operations in order. Everything outside the raster or the clip is cut. O(pixels touched + operations). */
void raster_draw(struct raster *raster, const struct drawlist *list);

/* Is unit x, y of a pattern (enum draw_tile), counted from its anchor, marked? It repeats every `period` units in both directions. */
bool raster_tile_marks(uint8_t tile, int x, int y);
int raster_tile_period(uint8_t tile);

#endif
