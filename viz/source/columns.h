/* columns.h: the history of a run by pixel columns, so that a lane costs its width and not its events. */
#ifndef HEAPLAB_VIZ_COLUMNS_H
#define HEAPLAB_VIZ_COLUMNS_H

#include "model.h"

struct column {
    uint32_t payload, in_use, free, largest; /* bytes after the column's last event */
    float external, external_min, external_max, internal; /* 0 … 1; last, least, most */
};

struct columns {
    struct column *list;
    int width;            /* 0: nothing made yet */
    uint32_t run_version; /* of the model that they were made from … */
    const struct model *of; /* … and which it was */
};

/* Makes the columns anew if the run or the width changed. O(events) then, O(1) otherwise. False without memory. */
bool columns_update(struct columns *columns, const struct model *model, int width);
void columns_free(struct columns *columns);

/* 1 - largest / free, and 1 - payload / in use; 0 where the whole is 0. */
float fragmentation_external(uint32_t free, uint32_t largest);
float fragmentation_internal(uint32_t payload, uint32_t in_use);

/* Bytes of the heap that are neither a block's nor free: the policy's control, rounding at its ends, memory that it has lost. */
uint32_t bytes_withheld(uint32_t arena, uint32_t in_use, uint32_t free);

#endif
