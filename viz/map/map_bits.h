/* map_bits.h: the policy's bitmap, bit by bit under the map's rows. */
#ifndef HEAPLAB_VIZ_MAP_BITS_H
#define HEAPLAB_VIZ_MAP_BITS_H

#include "map_marks.h"

/* Draws a bit below each granule that is shown, where the layout has room for them (grid.bits). */
void map_bits_draw(const struct frame *frame, const struct tags *tags);

/* What the bits are, on the map's head from `left` on, if there are bits and it ends before `right`. */
void map_bits_legend(const struct frame *frame, int left, int right);

#endif
