/* source_policy.c: what a policy says of its blocks: their fields, the bits in them, how requests become blocks. */
#include <heap/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source_lane.h"

#define TRIAL_MOST 96u /* the largest request that is tried */

/* ---- "| size·flags 4 | before 4 | payload |": between bars a name, and its bytes where the last word is a number ---- */

static struct model_field read_field(const char *from, const char *to, bool behind)
{
    while (from < to && *from == ' ') {
        from++;
    }
    while (to > from && to[-1] == ' ') {
        to--;
    }
    const char *number = to;
    while (number > from && number[-1] >= '0' && number[-1] <= '9') {
        number--;
    }
    struct model_field field = {.payload = !behind && to - from >= 7 && strncmp(from, "payload", 7) == 0};
    if (number < to && number > from && number[-1] == ' ') {
        field.bytes = (uint32_t)strtoul(number, NULL, 10);
        to = number - 1;
    }
    snprintf(field.name, sizeof field.name, "%.*s", (int)(to - from), from);
    return field;
}

static uint32_t read_fields(struct model_field *fields, const char *picture)
{
    bool behind = false;
    uint32_t count = 0;
    const char *at = picture ? strchr(picture, '|') : NULL, *end = at ? strchr(at + 1, '|') : NULL;
    for (; end && count < MODEL_FIELDS; at = end, end = strchr(end + 1, '|')) {
        fields[count] = read_field(at + 1, end, behind);
        behind = behind || fields[count].payload;
        count++;
    }
    return count;
}

/* ---- "size·: used 0, before free 1; next: …": the beginning of a field's name, then its bits ---- */

static void read_bits(struct model_field *field, const char *from, const char *to)
{
    while (from < to && field->bit_count < MODEL_BITS) {
        const char *end = memchr(from, ',', (size_t)(to - from));
        end = end ? end : to;
        struct model_field part = read_field(from, end, true); /* a name and a number */
        struct model_bit *bit = &field->bits[field->bit_count++];
        snprintf(bit->name, sizeof bit->name, "%.*s", (int)sizeof bit->name - 1, part.name);
        bit->bit = (uint8_t)(part.bytes & 31);
        from = end + 1;
    }
}

static void give_bits(struct model_field *fields, uint32_t count, const char *flags)
{
    for (const char *at = flags; at && *at;) {
        const char *colon = strchr(at, ':'), *end = strchr(at, ';');
        end = end ? end : at + strlen(at);
        for (uint32_t i = 0; colon && colon < end && i < count; i++) {
            if (strncmp(fields[i].name, at, (size_t)(colon - at)) == 0 && fields[i].bytes == 4 && fields[i].bit_count == 0) {
                read_bits(&fields[i], colon + 1, end);
                break; /* a trailer may have the same name */
            }
        }
        at = *end ? end + 1 : end;
        while (*at == ' ') {
            at++;
        }
    }
}

/* ---- how requests become blocks ---- */

static uint32_t granted(struct heap *heap, const struct heap_policy *policy, uint32_t size)
{
    void *payload = heap_malloc(heap, size);
    if (!payload) {
        return 0;
    }
    const struct heap_layout layout = {size, heap->alignment};
    uint32_t bytes = policy->inspect->extent(heap, heap_offset_of(heap, payload), layout).bytes;
    heap_free_sized(heap, payload, layout);
    return bytes;
}

static bool no_bin(void *ctx, const struct heap_bin *bin)
{
    (void)ctx, (void)bin;
    return false;
}

static bool no_block(void *ctx, heap_off off, uint32_t bytes)
{
    (void)ctx, (void)off, (void)bytes;
    return false;
}

static bool no_slab(void *ctx, heap_off off, uint32_t bytes, uint32_t slot_bytes, uint32_t slots, uint32_t used)
{
    (void)ctx, (void)off, (void)bytes, (void)slot_bytes, (void)slots, (void)used;
    return false;
}

static enum model_rounding rounding_of(const struct heap *heap, const struct heap_policy_inspect *inspect)
{
    const struct heap_bins_visitor nobody = {NULL, no_bin, no_block, no_slab};
    enum heap_bins_kind kind = inspect->bins ? inspect->bins(heap, &nobody) : HEAP_BINS_NONE;
    if (inspect->traits & HEAP_FIXED_SIZE) {
        return MODEL_ROUND_ONE;
    }
    return kind == HEAP_BINS_SLABS ? MODEL_ROUND_CLASS : kind == HEAP_BINS_ORDERS ? MODEL_ROUND_POWER : MODEL_ROUND_STEP;
}

/* Small requests, one by one, on a heap of its own: the least block, and the least step from one size to the next. */
static struct model_grant try_grants(struct lane *lane, const struct heap_policy *policy)
{
    struct heap *heap = lane_heap(lane);
    struct model_grant grant = {.rounding = rounding_of(heap, policy->inspect)};
    uint32_t last = 0;
    for (uint32_t size = 1; size <= TRIAL_MOST; size++) {
        uint32_t bytes = granted(heap, policy, size);
        if (bytes == 0) {
            break;
        }
        grant.least = grant.least == 0 || bytes < grant.least ? bytes : grant.least;
        if (last != 0 && bytes > last && (grant.step == 0 || bytes - last < grant.step)) {
            grant.step = bytes - last;
        }
        last = bytes;
    }
    if (grant.rounding == MODEL_ROUND_STEP && (grant.step == 0 || (grant.step & (grant.step - 1)) != 0)) {
        grant.rounding = MODEL_ROUND_UNKNOWN;
    }
    return grant;
}

struct model_grant source_policy_grant(const struct lane_options *options)
{
    struct model_grant grant = {MODEL_ROUND_UNKNOWN, 0, 0};
    struct lane_options trial = *options;
    int error = 0;
    trial.unmeasured = true;
    trial.track_owners = false;
    struct lane *lane = options->policy->inspect ? lane_open(&trial, &error) : NULL;
    if (lane && lane_has_image(lane)) {
        grant = try_grants(lane, options->policy);
    }
    lane_close(lane);
    return grant;
}

void source_policy_describe(struct model *model, const struct lane_options *options)
{
    const struct heap_policy_inspect *inspect = options->policy->inspect;
    model->picture = inspect ? inspect->picture : NULL;
    model->field_count = read_fields(model->fields, model->picture);
    model->free_field_count = read_fields(model->free_fields, inspect ? inspect->free_picture : NULL);
    model->link_base = options->arena_base ? options->arena_base : HEAP_NOMINAL_BASE;
    model->frees = inspect && (inspect->traits & HEAP_FREES);
    model->joins = inspect && (inspect->traits & HEAP_COALESCES);
    if (!inspect) {
        return;
    }
    give_bits(model->fields, model->field_count, inspect->flags);
    give_bits(model->free_fields, model->free_field_count, inspect->flags);
}

void source_policy_maps(struct model *model, const struct heap *heap)
{
    const struct heap_policy_inspect *inspect = heap->policy->inspect;
    model->map_count = 0;
    for (uint32_t i = 0; inspect && inspect->map && i < heap->region_count && i < MODEL_MAPS; i++) {
        const struct heap_region *region = &heap->regions[i];
        struct heap_map map;
        inspect->map(heap, region, &map);
        model->maps[model->map_count++] = (struct model_map){region->first, region->bytes, map.granule, map.off, map.first, map.used, map.free,
                                                             map.size_word, map.size_shift};
    }
}
