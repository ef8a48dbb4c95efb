/* source_lane.h: one lane of a session at the cursor -> the model's spans, blocks, failure, and what only some views need. */
#ifndef HEAPLAB_VIZ_SOURCE_LANE_H
#define HEAPLAB_VIZ_SOURCE_LANE_H

#include "model.h"
#include "session.h"
#include "source_run.h"
#include "source_zones.h"

/* What the trace says of a slot's allocation; kept from seek to seek, since most blocks stay. */
struct source_known { uint64_t born, id; uint32_t site, thread; };

/* What a lane's model points to. */
struct source_lane {
    struct layout layout;
    struct model_span *spans;
    struct model_block *blocks;
    size_t span_room, block_room;
    struct source_zones zones;
    struct model_span *fixed;
    struct source_run run;
    struct model_step *steps;
    uint32_t step_room;
    struct model_bin *bins;
    struct model_place *places;
    struct model_slab *slabs;
    uint32_t bin_room, place_room, slab_room;
};

void source_lane_end(struct source_lane *lane);

/* What a model says of the whole run: history, lives, marks, policy, fields. `run` is the lane's. */
void source_lane_describe(struct model *model, struct source_lane *lane, const struct session *session, int index);

/* Keeps the control and reserved spans of the position, which is 0. False without memory. O(spans). */
bool source_lane_keep_fixed(struct model *model, struct source_lane *lane);

/* Spans, blocks, sums and the failure at the session's position. False without memory. O(spans). `known`: by slot. `kinds_only`: zones
 * will do in place of spans and blocks; not at a failure, which asks for the blocks in its way. */
bool source_lane_read(struct model *model, struct source_lane *lane, struct session *session, int index, struct source_known *known,
                      bool kinds_only);

/* source_search.c: steps over the event before `event` on all lanes with every micro-event recorded: the session comes to stand at
 * `event` (> 0). False without memory. */
bool source_search_record(struct model *models, struct source_lane *lanes, struct session *session, uint32_t event);

/* source_policy.c: what the lane's policy says of its blocks. O(1). */
void source_policy_describe(struct model *model, const struct lane_options *options);

/* source_policy.c: where the policy keeps a bitmap of the heap, if it does. O(regions). */
void source_policy_maps(struct model *model, const struct heap *heap);

/* source_bins.c: how the policy keeps its free blocks now. False without memory. */
bool source_bins_read(struct model *model, struct source_lane *lane, struct lane *of);

#endif
