/* backend_image.h: pictures without a window. */
#ifndef HEAPLAB_VIZ_BACKEND_IMAGE_H
#define HEAPLAB_VIZ_BACKEND_IMAGE_H

#include "raster.h"

/* Writes a PNG file (8-bit RGB). False: `why` says why; no file is left behind. */
bool image_write_png(const struct raster *raster, const char *path, char *why, size_t why_size);

/* CRC-32 over size and pixels, for tests. */
uint32_t image_crc(const struct raster *raster);

#endif
