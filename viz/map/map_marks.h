/* map_marks.h: what lies over the map: outlines and tags. */
#ifndef HEAPLAB_VIZ_MAP_MARKS_H
#define HEAPLAB_VIZ_MAP_MARKS_H

#include "pane.h"

struct tag {
    struct rect area;
    char text[64];
    uint32_t edge;      /* colour of its left edge and leader */
    int leader_x, leader_y, leader_h;
};

struct tags { struct tag list[2]; int count; };

/* Where the tags stand: known before the map is drawn, so that no label lies half under one. */
struct tags map_marks_tags(const struct frame *frame);

/* Does a tag or its leader lie over the place, or close to it? */
bool map_marks_covered(const struct frame *frame, const struct tags *tags, struct rect place);

/* The silhouette of [off, off + size) over the rows of the frame's grid, `thick` marks wide, as far as it is shown. */
void map_outline(const struct frame *frame, uint32_t off, uint32_t size, int thick, uint32_t colour);

#endif
