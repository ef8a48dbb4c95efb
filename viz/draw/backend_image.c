/* backend_image.c: PNG through libpng, and the checksum. Rows are converted one at a time.
 *
 * The file is written as a trace is: beside its name and renamed when it is whole; a device or a pipe is written directly. */
#include "backend_image.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace_output.h"

/* What libpng's callbacks know: where bytes go, and what went wrong first. */
struct encoding {
    struct image_sink sink;
    char why[120];
};

static void put_bytes(png_structp png, png_bytep bytes, png_size_t count)
{
    struct encoding *encoding = png_get_io_ptr(png);
    int failed_errno = encoding->sink.put(encoding->sink.context, bytes, count);
    if (failed_errno) {
        png_error(png, strerror(failed_errno));
    }
}

static void flush_bytes(png_structp png) { (void)png; } /* trace_output_close does */

/* Keeps the words for the caller; libpng itself would print them. */
static void keep_error(png_structp png, png_const_charp words)
{
    struct encoding *encoding = png_get_error_ptr(png);
    snprintf(encoding->why, sizeof encoding->why, "%s", words);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp words) { (void)png, (void)words; }

static void put_row(png_structp png, const uint32_t *pixels, int w, uint8_t *row)
{
    for (int x = 0; x < w; x++) {
        row[3 * x] = (uint8_t)(pixels[x] >> 16);
        row[3 * x + 1] = (uint8_t)(pixels[x] >> 8);
        row[3 * x + 2] = (uint8_t)pixels[x];
    }
    png_write_row(png, row);
}

/* libpng leaves by longjmp on errors: everything that must be released is owned by the caller. */
static bool encode(png_structp png, png_infop info, struct encoding *encoding, const struct raster *raster, uint8_t *row)
{
    if (setjmp(png_jmpbuf(png))) {
        return false;
    }
    png_set_write_fn(png, encoding, put_bytes, flush_bytes);
    png_set_IHDR(png, info, (png_uint_32)raster->w, (png_uint_32)raster->h, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < raster->h; y++) {
        put_row(png, raster->pixels + (size_t)y * (size_t)raster->w, raster->w, row);
    }
    png_write_end(png, NULL);
    return true;
}

bool image_encode_png(const struct raster *raster, struct image_sink sink, char *why, size_t why_size)
{
    struct encoding encoding = {sink, "out of memory"};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &encoding, keep_error, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    uint8_t *row = malloc((size_t)raster->w * 3);
    bool encoded = info && row && encode(png, info, &encoding, raster, row);
    png_destroy_write_struct(&png, &info);
    free(row);
    if (!encoded) {
        snprintf(why, why_size, "%s", encoding.why);
    }
    return encoded;
}

static int put_to_output(void *context, const void *bytes, size_t count)
{
    struct trace_output *output = context;
    trace_output_put(output, bytes, count);
    return output->failed_errno;
}

bool image_write_png(const struct raster *raster, const char *path, char *why, size_t why_size)
{
    char reason[120] = "";
    struct trace_output *output = trace_output_open(path, false);
    if (!output) {
        snprintf(why, why_size, "cannot write %s: %s", path, strerror(errno));
        return false;
    }
    bool encoded = image_encode_png(raster, (struct image_sink){put_to_output, output}, reason, sizeof reason);
    bool kept = trace_output_close(output, encoded);
    if (!encoded || !kept) {
        snprintf(why, why_size, "cannot write %s: %s", path, kept || !encoded ? reason : strerror(errno));
    }
    return encoded && kept;
}

static uint32_t crc_add(uint32_t crc, uint32_t value)
{
    for (int i = 0; i < 32; i += 8) {
        crc ^= value >> i & 0xFF;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
        }
    }
    return crc;
}

uint32_t image_crc(const struct raster *raster)
{
    uint32_t crc = crc_add(crc_add(UINT32_MAX, (uint32_t)raster->w), (uint32_t)raster->h);
    size_t count = (size_t)raster->w * (size_t)raster->h;
    for (size_t i = 0; i < count; i++) {
        crc = crc_add(crc, raster->pixels[i]);
    }
    return ~crc;
}
