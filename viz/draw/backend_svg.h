/* backend_svg.h: a draw list as a vector picture. */
#ifndef HEAPLAB_VIZ_BACKEND_SVG_H
#define HEAPLAB_VIZ_BACKEND_SVG_H

#include <stdbool.h>
#include <stddef.h>

#include "drawlist.h"

/* Writes the list as SVG 1.1 of w x h pixels; `title` is the document's. The same list gives the same bytes. False: `why` says why; no
 * file is left behind. O(operations x patterns used + pixels of images). */
bool svg_write(const struct drawlist *list, int w, int h, const char *title, const char *path, char *why, size_t why_size);

#endif
