/* trace_meaning.c: the rules of trace_meaning.h. */
#include "trace_meaning.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace_report.h"

#define DEFAULT_EVENTS (UINT64_C(1) << 40)
#define DEFAULT_LIVE_IDS (UINT64_C(1) << 27)

const char *const trace_member_names[TRACE_MEMBERS] = {"op",     "id",   "size", "count", "align",  "t",
                                                       "site",   "thread", "heap", "wait",  "failed", "name"};
const char *const trace_op_names[5] = {"alloc", "calloc", "realloc", "free", "mark"};

bool trace_meaning_open(struct trace_meaning *meaning, struct trace_limits limits)
{
    *meaning = (struct trace_meaning){.limits = limits, .thread_count = 1, .heap_count = 1};
    if (!meaning->limits.events) {
        meaning->limits.events = DEFAULT_EVENTS;
    }
    if (!meaning->limits.live_ids || meaning->limits.live_ids > UINT32_MAX / 4) {
        meaning->limits.live_ids = DEFAULT_LIVE_IDS;
    }
    return trace_ids_open(&meaning->ids) && trace_ids_open(&meaning->zeroed);
}

void trace_meaning_close(struct trace_meaning *meaning)
{
    trace_ids_close(&meaning->ids);
    trace_ids_close(&meaning->zeroed);
}

void trace_meaning_set_lists(struct trace_meaning *meaning, const struct trace_header *header)
{
    meaning->site_count = header->site_count;
    meaning->thread_count = header->thread_count ? header->thread_count : 1;
    meaning->heap_count = header->heap_count ? header->heap_count : 1;
}

void trace_draft_clear(struct trace_draft *draft)
{
    *draft = (struct trace_draft){.event = {.count = 1, .slot = TRACE_NO_SLOT, .site = TRACE_NO_SITE}};
}

void trace_draft_of_event(struct trace_draft *draft, const struct trace_event *event)
{
    draft->event = *event;
    draft->given = TRACE_GIVEN(TRACE_MEMBERS) - 1;
    if (event->t == TRACE_NO_TIME) {
        draft->given &= ~TRACE_GIVEN(TRACE_M_T);
    }
    if (event->site == TRACE_NO_SITE) {
        draft->given &= ~TRACE_GIVEN(TRACE_M_SITE);
    }
    if (!event->name) {
        draft->given &= ~TRACE_GIVEN(TRACE_M_NAME);
    }
}

/* What is wrong, and where: handed down through the checks. */
struct report {
    struct trace_error *error;
    enum trace_member *member;
};

static int wrong(struct report report, enum trace_member member, int code, uint64_t found, const char *expected)
{
    *report.member = member;
    return trace_error_set(report.error, code, expected, "%s %" PRIu64, trace_member_names[member], found);
}

static int missing(struct report report, enum trace_member member)
{
    *report.member = TRACE_MEMBERS;
    return trace_error_set(report.error, TRACE_E_MISSING, trace_member_names[member], "an event without it");
}

static int cap(struct report report, uint64_t limit, const char *what)
{
    *report.member = TRACE_MEMBERS;
    return trace_error_set(report.error, TRACE_E_CAP, what, "more than %" PRIu64, limit);
}

static int no_memory(struct report report)
{
    *report.member = TRACE_MEMBERS;
    return trace_error_set(report.error, TRACE_E_MEMORY, "", "no memory for the table of live ids");
}

static int check_given(const struct trace_draft *draft, struct report report)
{
    static const uint32_t required[] = {
        [TRACE_ALLOC] = TRACE_GIVEN(TRACE_M_ID) | TRACE_GIVEN(TRACE_M_SIZE),
        [TRACE_CALLOC] = TRACE_GIVEN(TRACE_M_ID) | TRACE_GIVEN(TRACE_M_SIZE),
        [TRACE_REALLOC] = TRACE_GIVEN(TRACE_M_ID) | TRACE_GIVEN(TRACE_M_SIZE),
        [TRACE_FREE] = TRACE_GIVEN(TRACE_M_ID),
        [TRACE_MARK] = TRACE_GIVEN(TRACE_M_NAME),
    };
    if (!(draft->given & TRACE_GIVEN(TRACE_M_OP))) {
        return missing(report, TRACE_M_OP);
    }
    if (draft->event.op > TRACE_MARK) {
        return wrong(report, TRACE_M_OP, TRACE_E_OP, draft->event.op, "an op");
    }
    uint32_t absent = required[draft->event.op] & ~draft->given;
    if (!absent) {
        return 0;
    }
    if (absent & TRACE_GIVEN(TRACE_M_ID)) {
        return missing(report, TRACE_M_ID);
    }
    return missing(report, absent & TRACE_GIVEN(TRACE_M_SIZE) ? TRACE_M_SIZE : TRACE_M_NAME);
}

static int check_numbers(const struct trace_event *event, struct report report)
{
    const char *integer = "an integer 0 ... 2^53-1";
    if (event->id > TRACE_ID_MAX || (event->id == 0 && event->op < TRACE_FREE)) {
        return wrong(report, TRACE_M_ID, TRACE_E_NUMBER, event->id, "an integer 1 ... 2^53-1");
    }
    if (event->size > TRACE_ID_MAX) {
        return wrong(report, TRACE_M_SIZE, TRACE_E_SIZE, event->size, "at most 2^53-1 bytes");
    }
    if (event->count > TRACE_ID_MAX) {
        return wrong(report, TRACE_M_COUNT, TRACE_E_NUMBER, event->count, integer);
    }
    if (event->op == TRACE_CALLOC && !event->failed && event->size && event->count > TRACE_ID_MAX / event->size) {
        return wrong(report, TRACE_M_COUNT, TRACE_E_SIZE, event->count, "size x count at most 2^53-1 bytes (unless failed)");
    }
    if (event->align > TRACE_ID_MAX) {
        return wrong(report, TRACE_M_ALIGN, TRACE_E_NUMBER, event->align, integer);
    }
    if (event->align & (event->align - 1)) {
        return wrong(report, TRACE_M_ALIGN, TRACE_E_ALIGN, event->align, "0 or a power of two");
    }
    if (event->wait < -1 || event->wait > (int64_t)TRACE_ID_MAX) {
        *report.member = TRACE_M_WAIT;
        return trace_error_set(report.error, TRACE_E_NUMBER, "an integer -1 ... 2^53-1", "wait %" PRId64, event->wait);
    }
    return 0;
}

static int out_of_list(struct report report, enum trace_member member, uint32_t found, uint32_t count, const char *list)
{
    char expected[80];
    *report.member = member;
    if (count) {
        snprintf(expected, sizeof expected, "at most %" PRIu32 " (the header's %s)", count - 1, list);
    } else {
        snprintf(expected, sizeof expected, "no %s: the header's %s is empty", trace_member_names[member], list);
    }
    return trace_error_set(report.error, TRACE_E_INDEX, expected, "%s %" PRIu32, trace_member_names[member], found);
}

static int check_indexes(const struct trace_meaning *meaning, const struct trace_event *event, struct report report)
{
    if (event->site != TRACE_NO_SITE && event->site >= meaning->site_count) {
        return out_of_list(report, TRACE_M_SITE, event->site, meaning->site_count, "sites");
    }
    if (event->thread >= meaning->thread_count) {
        return out_of_list(report, TRACE_M_THREAD, event->thread, meaning->thread_count, "threads");
    }
    if (event->heap >= meaning->heap_count) {
        return out_of_list(report, TRACE_M_HEAP, event->heap, meaning->heap_count, "heaps");
    }
    return 0;
}

static int apply_time(const struct trace_meaning *meaning, struct trace_draft *draft, struct report report)
{
    struct trace_event *event = &draft->event;
    if (!(draft->given & TRACE_GIVEN(TRACE_M_T))) {
        event->t = meaning->timed ? meaning->last_t : meaning->index;
        return 0;
    }
    if (event->t > TRACE_ID_MAX) {
        return wrong(report, TRACE_M_T, TRACE_E_NUMBER, event->t, "an integer 0 ... 2^53-1");
    }
    if (event->t >= meaning->last_t) {
        return 0;
    }
    char expected[48];
    snprintf(expected, sizeof expected, "at least %" PRIu64, meaning->last_t);
    return wrong(report, TRACE_M_T, TRACE_E_TIME, event->t, expected);
}

/* What the op has no use for gets its default. */
static void drop_unused(struct trace_event *event)
{
    if (event->op != TRACE_CALLOC) {
        event->count = 1;
    }
    if (event->op != TRACE_MARK) {
        event->name = NULL;
    }
    if (event->op < TRACE_FREE) {
        return;
    }
    event->size = event->align = 0;
    event->wait = 0;
    event->failed = false;
    if (event->op == TRACE_MARK) {
        event->id = 0;
    }
}

static int begin(struct trace_meaning *meaning, struct trace_event *event, struct report report)
{
    if (event->failed || (event->op == TRACE_REALLOC && event->size == 0)) {
        return trace_ids_note(&meaning->ids, event->id) ? 0 : no_memory(report);
    }
    if (trace_ids_live(&meaning->ids) >= meaning->limits.live_ids) {
        return cap(report, meaning->limits.live_ids, "the cap on live ids");
    }
    event->slot = trace_ids_add(&meaning->ids, event->id);
    event->fresh = event->slot != TRACE_NO_SLOT;
    return event->fresh ? 0 : no_memory(report);
}

static int dead(struct trace_meaning *meaning, const struct trace_event *event, struct report report)
{
    bool seen = trace_ids_seen(&meaning->ids, event->id);
    *report.member = TRACE_M_ID;
    return trace_error_set(report.error, TRACE_E_ID_DEAD, "a live id", "%s of id %" PRIu64 ", %s", trace_op_names[event->op], event->id,
                           seen ? "which is dead" : "which was never allocated");
}

static int apply_life(struct trace_meaning *meaning, struct trace_event *event, struct report report)
{
    event->slot = TRACE_NO_SLOT;
    event->fresh = event->retires = false;
    if (event->id == 0) {
        return 0; /* a mark or free(NULL) */
    }
    uint32_t slot = UINT32_MAX;
    if (!trace_ids_next_in_sequence(&meaning->ids, event->id)) {
        slot = trace_ids_find(&meaning->ids, event->id);
    }
    if (slot == UINT32_MAX) {
        bool begins = event->op == TRACE_REALLOC ? !trace_ids_seen(&meaning->ids, event->id) : event->op != TRACE_FREE;
        return begins ? begin(meaning, event, report) : dead(meaning, event, report);
    }
    event->slot = slot;
    if (event->op <= TRACE_CALLOC && meaning->zero_keeps && trace_ids_seen(&meaning->zeroed, event->id)) {
        event->fresh = true;
        return 0;
    }
    if (event->op <= TRACE_CALLOC) {
        return wrong(report, TRACE_M_ID, TRACE_E_ID_LIVE, event->id, "an id that is not live");
    }
    if (event->op == TRACE_REALLOC && event->size == 0 && meaning->zero_keeps) {
        return trace_ids_note(&meaning->zeroed, event->id) ? 0 : no_memory(report);
    }
    event->retires = event->op == TRACE_FREE || (event->size == 0 && !event->failed);
    if (event->retires && !trace_ids_remove(&meaning->ids, event->id, slot)) {
        return no_memory(report);
    }
    return 0;
}

int trace_meaning_check(const struct trace_meaning *meaning, struct trace_draft *draft, struct trace_error *problem, enum trace_member *member)
{
    struct report report = {problem, member};
    struct trace_event *event = &draft->event;
    if (meaning->index >= meaning->limits.events) {
        return cap(report, meaning->limits.events, "the cap on events");
    }
    int code = check_given(draft, report);
    if (code) {
        return code;
    }
    drop_unused(event);
    code = check_numbers(event, report);
    if (!code) {
        code = check_indexes(meaning, event, report);
    }
    return code ? code : apply_time(meaning, draft, report);
}

int trace_meaning_apply(struct trace_meaning *meaning, struct trace_draft *draft, struct trace_error *problem, enum trace_member *member)
{
    struct trace_event *event = &draft->event;
    int code = trace_meaning_check(meaning, draft, problem, member);
    if (!code) {
        code = apply_life(meaning, event, (struct report){problem, member});
    }
    if (code) {
        return code;
    }
    if (draft->given & TRACE_GIVEN(TRACE_M_T)) {
        meaning->timed = true;
    }
    meaning->last_t = event->t;
    meaning->index++;
    return 0;
}
