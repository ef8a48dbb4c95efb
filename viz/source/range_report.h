/* range_report.h: what happened between two events A and B: which sites (or, without sites, which block sizes) grew, which shrank, and
 * what was born and freed in between. Bytes are those of blocks, header and rounding included. */
#ifndef HEAPLAB_VIZ_RANGE_REPORT_H
#define HEAPLAB_VIZ_RANGE_REPORT_H

#include "model.h"

#define RANGE_TOP 8

/* A site or a size class: sizes from `key` to 2 x key - 1. */
struct range_line {
    uint32_t key;          /* site (MODEL_NONE: of no site), or the least size of the class */
    int64_t blocks, bytes; /* more (or fewer: negative) at B than at A; short-lived: how many, and their bytes */
};

struct range_list { struct range_line top[RANGE_TOP]; uint32_t count; }; /* most bytes first; those kept */

struct range_report {
    bool made, by_site;
    uint32_t from, to, run_version;
    int64_t blocks, bytes;             /* of all: B less A */
    uint64_t short_blocks, short_bytes; /* of all that were born after A and freed until B */
    struct range_list grew, shrank, brief;
};

/* Makes the report anew where the run or the range changed. O(lives + sites) then. False without memory. from <= to. */
bool range_report_update(struct range_report *report, const struct model *model, uint32_t from, uint32_t to);

#endif
