/* trace_meaning.h: what makes an event legal after the events before it. One place for every reader, the writer and trace_append.
 *
 * A draft is an event as it was written, with the members that were given. Applying it fills defaults, gives the slot and the flags,
 * or says what is wrong and changes nothing, so that a lenient reader can pass over it.
 *
 * Rules beyond the members' ranges:
 * - A member that the op has no use for is checked for its range by the reader and then set to its default.
 * - `t`, where missing, is the event's index until an event has given one; from then on the time of the event before.
 * - alloc and calloc need an id that is not live. `failed` uses the id up: it has no slot and is dead from the start.
 * - realloc of a live id keeps its slot; to size 0 it ends the id, unless `failed`. Of an id never seen it allocates; to size 0 or
 *   `failed` it allocates nothing and uses the id up. Of a dead id it is an error.
 * - With `zero_keeps` a realloc to size 0 does not end its id: later events may name it, and alloc may use it anew.
 * - free ends a live id; id 0 is free(NULL). After that the id may be allocated again.
 */
#ifndef HEAPLAB_SIM_TRACE_MEANING_H
#define HEAPLAB_SIM_TRACE_MEANING_H

#include "trace.h"
#include "trace_ids.h"

enum trace_member {
    TRACE_M_OP, TRACE_M_ID, TRACE_M_SIZE, TRACE_M_COUNT, TRACE_M_ALIGN, TRACE_M_T, TRACE_M_SITE, TRACE_M_THREAD,
    TRACE_M_HEAP, TRACE_M_WAIT, TRACE_M_FAILED, TRACE_M_NAME, TRACE_MEMBERS
};

extern const char *const trace_member_names[TRACE_MEMBERS];
extern const char *const trace_op_names[5];

#define TRACE_GIVEN(member) (1u << (member))

struct trace_draft {
    struct trace_event event;
    uint32_t given; /* TRACE_GIVEN bits */
};

struct trace_meaning {
    struct trace_ids ids;
    struct trace_ids zeroed; /* zero_keeps: ids that were reallocated to size 0 */
    bool zero_keeps;
    struct trace_limits limits;
    uint64_t index;  /* of the next event */
    uint64_t last_t;
    bool timed;      /* an event has given `t` */
    uint32_t site_count, thread_count, heap_count; /* indexes must be below; at least 1 for threads and heaps */
};

bool trace_meaning_open(struct trace_meaning *meaning, struct trace_limits limits); /* false without memory */
void trace_meaning_close(struct trace_meaning *meaning);
void trace_meaning_set_lists(struct trace_meaning *meaning, const struct trace_header *header);

/* An event with everything at its default: the start of every draft. */
void trace_draft_clear(struct trace_draft *draft);
/* The draft of an event made by a program: everything given, `t` unless it is TRACE_NO_TIME. */
void trace_draft_of_event(struct trace_draft *draft, const struct trace_event *event);

/* The first half of trace_meaning_apply: ranges, indexes and time, without the id's life. What the op has no use for gets its default. */
int trace_meaning_check(const struct trace_meaning *meaning, struct trace_draft *draft, struct trace_error *problem, enum trace_member *member);

/* 0 and the event complete; or TRACE_E_* with code, found and expected in *problem and the member that is wrong in *member
 * (TRACE_MEMBERS: the whole event), and nothing changed. O(1) amortised. */
int trace_meaning_apply(struct trace_meaning *meaning, struct trace_draft *draft, struct trace_error *problem, enum trace_member *member);

#endif
