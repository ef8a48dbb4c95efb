/* source_bins.c: how a policy keeps its free blocks, where its inspect table tells. */
#include <heap/policy.h>
#include <stdlib.h>

#include "source_lane.h"

_Static_assert((int)MODEL_BINS_NONE == (int)HEAP_BINS_NONE && (int)MODEL_BINS_LIST == (int)HEAP_BINS_LIST &&
                   (int)MODEL_BINS_ORDERS == (int)HEAP_BINS_ORDERS && (int)MODEL_BINS_TWO_LEVEL == (int)HEAP_BINS_TWO_LEVEL &&
                   (int)MODEL_BINS_SLABS == (int)HEAP_BINS_SLABS && (int)MODEL_BINS_CLASSES == (int)HEAP_BINS_CLASSES,
               "the model's bins are the heap's");

struct filling { struct model_bins *bins; struct source_lane *lane; bool failed; };

/* The list with room for one more; NULL without memory, and the old one stays. */
static void *with_room(void *list, uint32_t *room, uint32_t count, size_t each)
{
    if (count < *room) {
        return list;
    }
    uint32_t more = *room ? 2 * *room : 64;
    void *grown = realloc(list, more * each);
    *room = grown ? more : *room;
    return grown;
}

static bool add_bin(void *ctx, const struct heap_bin *bin)
{
    struct filling *f = ctx;
    struct model_bin *bins = with_room(f->lane->bins, &f->lane->bin_room, f->bins->bin_count, sizeof *bins);
    if (!bins) {
        f->failed = true;
        return false;
    }
    f->lane->bins = bins;
    f->lane->bins[f->bins->bin_count++] = (struct model_bin){bin->row, bin->column, bin->least, bin->most, f->bins->block_count, 0, bin->bit};
    f->bins->rows = bin->row >= f->bins->rows ? bin->row + 1 : f->bins->rows;
    f->bins->columns = bin->column >= f->bins->columns ? bin->column + 1 : f->bins->columns;
    return true;
}

static bool add_block(void *ctx, heap_off off, uint32_t bytes)
{
    struct filling *f = ctx;
    struct model_place *places = with_room(f->lane->places, &f->lane->place_room, f->bins->block_count, sizeof *places);
    f->lane->places = places ? places : f->lane->places;
    if (!places || f->bins->bin_count == 0) {
        f->failed = true;
        return false;
    }
    f->lane->places[f->bins->block_count++] = (struct model_place){off, bytes};
    f->lane->bins[f->bins->bin_count - 1].count++;
    return true;
}

static bool add_slab(void *ctx, heap_off off, uint32_t bytes, uint32_t slot_bytes, uint32_t slots, uint32_t used)
{
    struct filling *f = ctx;
    struct model_slab *slabs = with_room(f->lane->slabs, &f->lane->slab_room, f->bins->slab_count, sizeof *slabs);
    if (!slabs) {
        f->failed = true;
        return false;
    }
    f->lane->slabs = slabs;
    f->lane->slabs[f->bins->slab_count++] = (struct model_slab){off, bytes, slot_bytes, slots, used};
    return true;
}

bool source_bins_read(struct model *model, struct source_lane *lane, struct lane *of)
{
    const struct heap_policy_inspect *inspect = lane_options_of(of)->policy->inspect;
    struct filling filling = {&model->bins, lane, false};
    model->bins = (struct model_bins){.kind = MODEL_BINS_NONE};
    if (!inspect || !inspect->bins) {
        return true;
    }
    const struct heap_bins_visitor visitor = {&filling, add_bin, add_block, add_slab};
    model->bins.kind = (enum model_bins_kind)inspect->bins(lane_heap(of), &visitor);
    model->bins.bins = lane->bins;
    model->bins.blocks = lane->places;
    model->bins.slabs = lane->slabs;
    return !filling.failed;
}
