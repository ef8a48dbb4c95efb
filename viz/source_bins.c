/* source_bins.c: how a policy keeps its free blocks, where its inspect table tells. */
#include <heap/policy.h>
#include <stdlib.h>

#include "source_lane.h"

bool source_bins_read(struct model *model, struct source_lane *lane, struct lane *of)
{
    (void)lane;
    (void)of;
    model->bins = (struct model_bins){.kind = MODEL_BINS_NONE};
    return true;
}
