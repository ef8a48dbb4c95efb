/* strip_image.c: coverage of pixels by lives, then colour.
 *
 * Coverage is exact: each life adds its share of a pixel, in 1/65536, to a difference array along each pixel row, so a long life
 * costs as little as a short one, and integers do not drift. A pixel is then the mix of its classes by bytes x events, in linear
 * light over free space. Two rules make the picture speak: a pixel with any long-lived byte shows at least 30 % of it, and
 * long life beside a hole turns to the `pin` colour, so that bedrock stays calm and blocks that hold holes open glow.
 */
#include "strip_image.h"

#include <stdlib.h>
#include <string.h>

enum life_class { LIFE_SHORT, LIFE_MID, LIFE_LONG, LIFE_CLASSES };

#define ONE 65536.0f           /* full coverage of a pixel */
#define LONG_SEEN (ONE / 256)  /* 0.4 % of long life … */
#define LONG_LEAST 0.30f       /* … shows as at least this share */
#define PIN_REACH 2            /* rows above and below in which a hole counts */

struct cover {
    int w, h;
    int32_t *cell[LIFE_CLASSES]; /* h rows of w + 1 */
    float *fixed[2];             /* shares of control and reserved by row */
};

static bool cover_init(struct cover *cover, int w, int h)
{
    size_t cells = (size_t)h * ((size_t)w + 1);
    bool ok = true;
    *cover = (struct cover){.w = w, .h = h};
    for (int i = 0; i < LIFE_CLASSES; i++) {
        ok = (cover->cell[i] = calloc(cells, sizeof **cover->cell)) && ok;
    }
    for (int i = 0; i < 2; i++) {
        ok = (cover->fixed[i] = calloc((size_t)h, sizeof **cover->fixed)) && ok;
    }
    return ok;
}

static void cover_free(struct cover *cover)
{
    for (int i = 0; i < LIFE_CLASSES; i++) {
        free(cover->cell[i]);
    }
    for (int i = 0; i < 2; i++) {
        free(cover->fixed[i]);
    }
}

/* Adds the stretch x0 … x1 (in 1/256 pixels) to a row of differences. */
static void add_stretch(int32_t *row, uint32_t x0, uint32_t x1, int32_t weight)
{
    uint32_t first = x0 >> 8, last = x1 >> 8;
    if (first == last) {
        int32_t part = (int32_t)(x1 - x0) * weight;
        row[first] += part;
        row[first + 1] -= part;
        return;
    }
    int32_t head = (int32_t)(256 - (x0 & 255)) * weight, tail = (int32_t)(x1 & 255) * weight, full = 256 * weight;
    row[first] += head;
    row[first + 1] += full - head;
    row[last] += tail - full;
    if (tail) {
        row[last + 1] -= tail;
    }
}

static void add_life(struct cover *cover, const struct model *model, const struct model_life *life)
{
    uint64_t w = (uint64_t)cover->w << 8, h = (uint64_t)cover->h << 8;
    uint32_t span = life->death - life->birth;
    uint64_t share = (uint64_t)span * 100;
    enum life_class class = share < model->count ? LIFE_SHORT : share >= (uint64_t)model->count * 10 ? LIFE_LONG : LIFE_MID;
    uint32_t x0 = (uint32_t)((life->birth - 1) * w / model->count), x1 = (uint32_t)((life->death - 1) * w / model->count);
    uint32_t y0 = (uint32_t)(life->off * h / model->arena_bytes);
    uint32_t y1 = (uint32_t)(((uint64_t)life->off + life->size) * h / model->arena_bytes);
    if (x1 == x0) {
        return;
    }
    for (uint32_t y = y0 >> 8; y <= (y1 - (y1 > y0)) >> 8; y++) {
        uint32_t from = y0 > y << 8 ? y0 - (y << 8) : 0, to = y1 < (y + 1) << 8 ? y1 - (y << 8) : 256;
        add_stretch(cover->cell[class] + (size_t)y * ((size_t)cover->w + 1), x0, x1, (int32_t)(to - from));
    }
}

static void sum_rows(struct cover *cover)
{
    for (int i = 0; i < LIFE_CLASSES; i++) {
        for (int y = 0; y < cover->h; y++) {
            int32_t *row = cover->cell[i] + (size_t)y * ((size_t)cover->w + 1);
            for (int x = 1; x < cover->w; x++) {
                row[x] += row[x - 1];
            }
        }
    }
}

/* Control and reserved by row, as they stood before the first event: what becomes of them later would change the picture with the
 * event at which it is painted. */
static void add_fixed(struct cover *cover, const struct model *model)
{
    double rows_a_byte = (double)cover->h / model->arena_bytes;
    for (uint32_t i = 0; i < model->fixed_count; i++) {
        const struct model_span *span = &model->fixed[i];
        double y0 = span->off * rows_a_byte, y1 = ((double)span->off + span->size) * rows_a_byte;
        for (int y = (int)y0; y < cover->h && y < y1; y++) {
            double from = y0 > y ? y0 : y, to = y1 < y + 1 ? y1 : y + 1;
            cover->fixed[span->kind == KIND_RESERVED][y] += (float)(to - from);
        }
    }
}

static float share_of(const struct cover *cover, enum life_class class, int x, int y)
{
    return (float)cover->cell[class][(size_t)y * ((size_t)cover->w + 1) + (size_t)x] / ONE;
}

static float free_share(const struct cover *cover, int x, int y)
{
    if (y < 0 || y >= cover->h) {
        return 0;
    }
    float used = cover->fixed[0][y] + cover->fixed[1][y];
    for (int i = 0; i < LIFE_CLASSES; i++) {
        used += share_of(cover, (enum life_class)i, x, y);
    }
    return used < 1 ? 1 - used : 0;
}

static float pin_weight(const struct cover *cover, int x, int y)
{
    float most = 0;
    for (int dy = -PIN_REACH; dy <= PIN_REACH; dy++) {
        float share = dy ? free_share(cover, x, y + dy) : 0;
        most = share > most ? share : most;
    }
    float weight = (most - 0.12f) / 0.5f;
    return weight < 0 ? 0 : weight > 1 ? 1 : weight;
}

struct palette { struct light_rgb free, life[LIFE_CLASSES], pin, fixed[2]; };

static uint32_t pixel_colour(const struct cover *cover, const struct palette *palette, const struct light *light, int x, int y)
{
    struct light_rgb sum = {0, 0, 0};
    float shares[LIFE_CLASSES], rest = free_share(cover, x, y), keep = 1;
    for (int i = 0; i < LIFE_CLASSES; i++) {
        shares[i] = share_of(cover, (enum life_class)i, x, y);
    }
    float longs = shares[LIFE_LONG];
    if (longs >= LONG_SEEN / ONE && longs < LONG_LEAST) {
        keep = (1 - LONG_LEAST) / (1 - longs);
        longs = LONG_LEAST;
    }
    light_add(&sum, palette->free, rest * keep);
    light_add(&sum, palette->life[LIFE_SHORT], shares[LIFE_SHORT] * keep);
    light_add(&sum, palette->life[LIFE_MID], shares[LIFE_MID] * keep);
    light_add(&sum, palette->fixed[0], cover->fixed[0][y] * keep);
    light_add(&sum, palette->fixed[1], cover->fixed[1][y] * keep);
    if (longs > 0) {
        float weight = pin_weight(cover, x, y);
        light_add(&sum, palette->life[LIFE_LONG], longs * (1 - weight));
        light_add(&sum, palette->pin, longs * weight);
    }
    return light_pack(light, sum);
}

bool strip_image_paint(const struct draw_image *image, const struct model *model, const struct theme *theme, const struct light *light)
{
    struct cover cover;
    bool ok = cover_init(&cover, image->w, image->h);
    if (ok) {
        const struct palette palette = {light_of(light, theme->kinds[KIND_FREE].fill),
                                        {light_of(light, theme->life_short), light_of(light, theme->life_mid), light_of(light, theme->life_long)},
                                        light_of(light, theme->life_pin),
                                        {light_of(light, theme->kinds[KIND_CONTROL].fill), light_of(light, theme->kinds[KIND_RESERVED].fill)}};
        for (uint32_t i = 0; i < model->life_count; i++) {
            add_life(&cover, model, &model->lives[i]);
        }
        sum_rows(&cover);
        add_fixed(&cover, model);
        for (int y = 0; y < image->h; y++) {
            for (int x = 0; x < image->w; x++) {
                image->pixels[(size_t)y * (size_t)image->w + (size_t)x] = pixel_colour(&cover, &palette, light, x, y);
            }
        }
    }
    cover_free(&cover);
    return ok;
}
