/* source_zones.c: spans of the zones that changed -> pieces, cut at the zones' ends. */
#include "source_zones.h"

#include <stdlib.h>
#include <string.h>

#define ZONES_MOST 131072u /* as many as tell changes apart well, and are soon looked through */
#define SHIFT_LEAST 6u    /* 64 bytes */

void source_zones_end(struct source_zones *zones)
{
    for (uint32_t i = 0; zones->zones && i < zones->count; i++) {
        free((uint32_t *)zones->zones[i].pieces);
    }
    free(zones->zones);
    free(zones->rooms);
    free(zones->touched);
    free(zones->pieces);
    layout_end(&zones->layout);
    *zones = (struct source_zones){0};
}

static bool begin(struct source_zones *zones, struct lane *lane, uint32_t arena_bytes)
{
    source_zones_end(zones);
    zones->shift = SHIFT_LEAST;
    while (arena_bytes >> zones->shift >= ZONES_MOST) {
        zones->shift++;
    }
    zones->count = (arena_bytes >> zones->shift) + 1;
    zones->zones = calloc(zones->count, sizeof *zones->zones);
    zones->rooms = calloc(zones->count, sizeof *zones->rooms);
    zones->touched = malloc(zones->count);
    zones->pieces = malloc(sizeof *zones->pieces << zones->shift);
    if (!zones->zones || !zones->rooms || !zones->touched || !zones->pieces) {
        source_zones_end(zones);
        return false;
    }
    lane_watch_zones(lane, zones->touched, zones->shift);
    return true;
}

static void count_kinds(struct source_zones *zones, const struct model_zone *zone, bool in)
{
    for (uint32_t i = 0; i < zone->count; i++) {
        uint32_t kind = MODEL_PIECE_KIND(zone->pieces[i]);
        if (kind < KIND_COUNT) {
            zones->kind_bytes[kind] += in ? MODEL_PIECE_BYTES(zone->pieces[i]) : (uint64_t)0 - MODEL_PIECE_BYTES(zone->pieces[i]);
        }
    }
}

/* zones->pieces become the zone's. */
static bool keep_pieces(struct source_zones *zones, uint32_t index, uint32_t count)
{
    struct model_zone *zone = &zones->zones[index];
    uint32_t *pieces = (uint32_t *)zone->pieces;
    count_kinds(zones, zone, false);
    if (count > zones->rooms[index]) {
        uint32_t room = count + count / 4 + 2;
        pieces = realloc(pieces, room * sizeof *pieces);
        if (!pieces) {
            zone->count = 0;
            return false;
        }
        zones->rooms[index] = room;
        zone->pieces = pieces;
    }
    if (count > 0) {
        memcpy(pieces, zones->pieces, count * sizeof *pieces);
    }
    zone->count = count;
    count_kinds(zones, zone, true);
    return true;
}

/* The zone's bytes from the spans on: *span is the first that may reach into it, and moves on. Where no span lies, nothing is known. */
static bool read_zone(struct source_zones *zones, uint32_t index, uint32_t arena_bytes, size_t *span)
{
    const struct layout *layout = &zones->layout;
    uint64_t at = (uint64_t)index << zones->shift, end = at + (UINT64_C(1) << zones->shift);
    uint32_t count = 0;
    size_t i = *span;
    end = end < arena_bytes ? end : arena_bytes;
    while (at < end) {
        while (i < layout->count && (uint64_t)layout->spans[i].off + layout->spans[i].size <= at) {
            i++;
        }
        bool inside = i < layout->count && layout->spans[i].off <= at;
        uint64_t to = i == layout->count ? end : inside ? (uint64_t)layout->spans[i].off + layout->spans[i].size : layout->spans[i].off;
        to = to < end ? to : end;
        zones->pieces[count++] = MODEL_PIECE(to - at, inside ? layout->spans[i].kind : KIND_COUNT);
        at = to;
    }
    *span = i;
    return keep_pieces(zones, index, count);
}

bool source_zones_read(struct source_zones *zones, struct model *model, struct lane *lane)
{
    struct layout_holes holes;
    size_t span = 0;
    if ((!zones->touched || lane_zones(lane) != zones->touched) && !begin(zones, lane, model->arena_bytes)) {
        return false;
    }
    if (!layout_read_zones(&zones->layout, lane, zones->touched, zones->shift, &holes)) {
        return false;
    }
    model->spans_version++;
    for (uint32_t i = 0; i < zones->count; i++) {
        if (zones->touched[i]) {
            if (!read_zone(zones, i, model->arena_bytes, &span)) {
                return false;
            }
            zones->touched[i] = 0;
            zones->zones[i].version = model->spans_version;
        }
    }
    memcpy(model->kind_bytes, zones->kind_bytes, sizeof model->kind_bytes);
    model->hole_count = holes.count;
    model->largest_off = holes.largest_off;
    model->largest_bytes = holes.largest_bytes;
    model->zones = zones->zones;
    model->zone_count = zones->count;
    model->zone_shift = zones->shift;
    return true;
}
