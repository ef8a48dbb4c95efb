/* spec.h: what people write on command lines: sizes (64K), policies (tlsf:sl=16:align=8), regions (OFFSET,SIZE). */
#ifndef HEAPLAB_SIM_SPEC_H
#define HEAPLAB_SIM_SPEC_H

#include "lane.h"

#define SPEC_MAX 64           /* policies in one list */
#define SPEC_TEXT 96

/* A policy with its parameters, as written: `text` is its canonical form, for reports and for repeating the run. */
struct spec {
    struct lane_options options; /* policy, params, alignment, checks; the heap's size is set by the caller */
    char text[SPEC_TEXT];
};

struct spec_list {
    struct spec items[SPEC_MAX];
    size_t count;
};

/* Bytes: digits, then K, M or G for powers of 1024 (a trailing B or iB is allowed). False if it is anything else or over 2^53. */
bool spec_parse_size(const char *text, uint64_t *bytes);

/* "OFFSET,SIZE", each a size or 0x… */
bool spec_parse_region(const char *text, struct lane_region *region);

/* Adds the policies of `text` (NAME[:key=value…], several by commas; "all") to the list. Keys: the policy's own, `align`
 * (4, 8, 16), `checks` (none, basic) and, for replicas, `guard` (on, off). On an error false, and `why` says what was found and what was expected. */
bool spec_parse(struct spec_list *list, const char *text, char *why, size_t why_size);

/* Sets `text` from `options`: the name and every parameter that was set, in the table's order, numbers without units, versions as the first of
 * those that are alike. O(parameters). */
void spec_write(struct spec *spec);

/* Does the policy take a parameter of that name? O(parameters). */
bool spec_takes(const struct heap_policy *policy, const char *key);

/* "sl, align, checks": the names of a policy's parameters; returns buffer (at least 128 bytes). */
const char *spec_keys(const struct heap_policy *policy, char *buffer, size_t size);

/* Columns that the longest of their texts needs, at least 22. */
int spec_list_width(const struct spec_list *list);

/* The default heap for a peak payload: 1.25 x, rounded up to 4 KiB. */
uint32_t spec_default_heap(uint64_t peak_payload_bytes);

/* "40 KiB" where it is whole, else "41983 B"; returns buffer. At least 32 bytes. */
const char *spec_format_bytes(uint64_t bytes, char *buffer, size_t size);

#endif
