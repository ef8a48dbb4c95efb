/* property.h: random sequences of operations against a live-set oracle, and the shortest one that still fails.
 *
 * An operation names a slot; what it does depends on whether the slot holds a block, so every subsequence of a sequence is a valid
 * one, and shrinking is leaving things out. */
#ifndef PROPERTY_H
#define PROPERTY_H

#include <heap/heap.h>
#include <heap/policy.h>

#define PROPERTY_SLOTS 48u

enum property_kind { PROPERTY_MALLOC, PROPERTY_CALLOC, PROPERTY_ALIGNED, PROPERTY_FREE, PROPERTY_REALLOC, PROPERTY_ADD_REGION };

struct property_op {
    uint32_t slot, size, align;
    enum property_kind kind;
};

struct property_case {
    const struct heap_policy *policy;
    uint32_t alignment, bytes; /* of payloads, 0 = the policy's own; of the heap */
    const struct property_op *ops;
    uint32_t op_count;
    uint32_t check_every; /* walk and check after so many operations */
    uint32_t move_every;  /* copy the arena elsewhere and go on there */
};

/* The least of `bytes` x 2^n in which the policy serves anything worth testing; 0: not in what there is here. */
uint32_t property_heap(const struct heap_policy *policy, uint32_t alignment, uint32_t bytes);

/* Fills ops from a seed. */
void property_generate(uint32_t seed, struct property_op *ops, uint32_t count);

/* Runs the case. NULL = every property held; else which did not, and *at = the operation. */
const char *property_run(const struct property_case *subject, uint32_t *at);

/* Leaves out and lessens operations of `ops` as long as the case still fails; how many are left. O(op_count^2) runs at worst. */
uint32_t property_shrink(const struct property_case *subject, struct property_op *ops, uint32_t count);

/* Writes the operations as a trace, one event a line. False = the file could not be written. */
bool property_write_trace(const char *path, const char *name, const struct property_op *ops, uint32_t count);

#endif
