/* strip_image.h: the whole run as one picture, address down, event across, coloured by how long blocks live. */
#ifndef HEAPLAB_VIZ_STRIP_IMAGE_H
#define HEAPLAB_VIZ_STRIP_IMAGE_H

#include "drawlist.h"
#include "light.h"
#include "model.h"

/* Paints `image` (its size is set, its pixels are allocated). False without memory: the image is then undefined. O(lives x rows
 * that each touches + pixels). */
bool strip_image_paint(const struct draw_image *image, const struct model *model, const struct theme *theme, const struct light *light);

#endif
