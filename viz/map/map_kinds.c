/* map_kinds.c: bytes of each kind by pixel, in whole numbers: a pixel is row_bytes units, a byte is `width` of them, so that sums are
 * exact and do not depend on what was added first. */
#include "map_kinds.h"

/* The heap's bytes from an offset on, stretch by stretch of one kind. */
struct reader {
    const struct model *model;
    uint32_t index, piece; /* of the next span; or of the zone and the next piece in it */
    uint64_t end;          /* of the stretch that was read; offset */
    uint32_t kind;
};

static bool next_piece(struct reader *reader)
{
    const struct model *model = reader->model;
    while (reader->index < model->zone_count && reader->piece >= model->zones[reader->index].count) {
        reader->index++;
        reader->piece = 0;
    }
    if (reader->index >= model->zone_count) {
        return false;
    }
    uint32_t piece = model->zones[reader->index].pieces[reader->piece++];
    reader->kind = MODEL_PIECE_KIND(piece);
    reader->end += MODEL_PIECE_BYTES(piece);
    return true;
}

static bool next_span(struct reader *reader)
{
    if (reader->index >= reader->model->span_count) {
        return false;
    }
    const struct model_span *span = &reader->model->spans[reader->index++];
    reader->kind = span->kind;
    reader->end = (uint64_t)span->off + span->size;
    return true;
}

/* The next stretch; behind the last one, nothing without an end. */
static void read_next(struct reader *reader)
{
    if (!(reader->model->zones ? next_piece(reader) : next_span(reader))) {
        reader->kind = KIND_COUNT;
        reader->end = UINT64_MAX >> 16;
    }
}

/* Reads the stretch that holds `off`. */
static struct reader read_from(const struct model *model, uint64_t off)
{
    struct reader reader = {.model = model};
    if (model->zones) {
        reader.index = (uint32_t)(off >> model->zone_shift);
        reader.end = (uint64_t)reader.index << model->zone_shift;
    } else if (off < model->arena_bytes) {
        uint32_t span = model_span_at(model, (uint32_t)off);
        reader.index = span == MODEL_NONE ? model->span_count : span;
    } else {
        reader.index = model->span_count;
    }
    do {
        read_next(&reader);
    } while (reader.end <= off);
    return reader;
}

static uint32_t mix(const struct map_kinds *kinds, const uint64_t units[KIND_COUNT + 1])
{
    struct light_rgb sum = {0, 0, 0};
    float unit = 1.0f / (float)kinds->grid->row_bytes;
    for (int kind = 0; kind <= KIND_COUNT; kind++) {
        if (units[kind] > 0) {
            light_add(&sum, light_of(kinds->light, kinds->colours[kind]), (float)units[kind] * unit);
        }
    }
    return light_pack(kinds->light, sum);
}

void map_kinds_fill(const struct map_kinds *kinds, uint64_t first, uint64_t end, uint32_t *out)
{
    const struct map_grid *grid = kinds->grid;
    const uint64_t width = (uint64_t)grid->width, row_bytes = grid->row_bytes, window = (uint64_t)grid->first + grid->bytes;
    uint64_t at = first * row_bytes; /* units from the map's start */
    struct reader reader = read_from(kinds->model, grid->first + at / width);
    for (uint64_t pixel = first; pixel < end; pixel++) {
        uint64_t units[KIND_COUNT + 1] = {0}, pixel_end = (pixel + 1) * row_bytes;
        while (at < pixel_end) {
            bool beyond = reader.end >= window; /* what lies behind the window is not the map's */
            uint64_t stop = ((beyond ? window : reader.end) - grid->first) * width, to = stop < pixel_end ? stop : pixel_end;
            if (at >= stop) { /* only behind the window */
                units[KIND_COUNT] += pixel_end - at;
                at = pixel_end;
                break;
            }
            units[reader.kind] += to - at;
            at = to;
            if (at == stop && !beyond) {
                read_next(&reader);
            }
        }
        out[pixel] = mix(kinds, units);
    }
}

void map_kinds_update(const struct map_kinds *kinds, uint32_t version, uint32_t *out, bool *rows)
{
    const struct model *model = kinds->model;
    const struct map_grid *grid = kinds->grid;
    const uint64_t width = (uint64_t)grid->width, window = (uint64_t)grid->first + grid->bytes;
    uint64_t filled = 0; /* pixels before this one are done */
    for (uint32_t i = grid->first >> model->zone_shift; i < model->zone_count; i++) {
        uint64_t from = (uint64_t)i << model->zone_shift, to = from + (UINT64_C(1) << model->zone_shift);
        if (from >= window) {
            break;
        }
        if ((int32_t)(model->zones[i].version - version) <= 0 || to <= grid->first) {
            continue;
        }
        from = from > grid->first ? from - grid->first : 0;
        to = (to < window ? to : window) - grid->first;
        uint64_t first = from * width / grid->row_bytes, end = (to * width + grid->row_bytes - 1) / grid->row_bytes;
        first = first > filled ? first : filled;
        if (first < end) {
            map_kinds_fill(kinds, first, end, out);
            filled = end;
        }
        for (uint64_t row = first / width; first < end && row <= (end - 1) / width; row++) {
            rows[row] = true;
        }
    }
}
