/* backend_image.h: pictures without a window. */
#ifndef HEAPLAB_VIZ_BACKEND_IMAGE_H
#define HEAPLAB_VIZ_BACKEND_IMAGE_H

#include "raster.h"

/* Writes a PNG file (8-bit RGB). False: `why` says why; no file is left behind. */
bool image_write_png(const struct raster *raster, const char *path, char *why, size_t why_size);

/* Where encoded bytes go: `put` returns 0, or the errno of its failure, which ends the encoding. */
struct image_sink {
    int (*put)(void *context, const void *bytes, size_t count);
    void *context;
};

/* The same PNG, byte by byte into the sink. False: `why` says why. */
bool image_encode_png(const struct raster *raster, struct image_sink sink, char *why, size_t why_size);

/* CRC-32 over size and pixels, for tests. */
uint32_t image_crc(const struct raster *raster);

#endif
