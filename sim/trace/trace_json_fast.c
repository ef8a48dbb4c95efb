/* trace_json_fast.c: the hot path for events as recorders write them: {"op":"alloc","id":1,"size":8}, members in any order, spaces
 * between tokens. It takes nothing that the tokenizer would refuse, and leaves everything else (escapes, marks, line breaks,
 * duplicates, numbers of more than 16 digits, every error) to it by returning NULL. No allocation, no copy, no table.
 * It may look a few bytes past the end of the window: those are zeros (trace_bytes.h), which match nothing.
 */
#include <string.h>

#include "trace_reader_internal.h"

#define STARTS(at, text) (memcmp((at), (text), sizeof(text) - 1) == 0)
_Static_assert(TRACE_BYTES_PAD >= 16, "a comparison may look this far past the window");

static inline const uint8_t *skip(const uint8_t *at)
{
    while (*at == ' ') {
        at++;
    }
    return at;
}

/* A plain integer of up to 16 digits; what stands behind it is the caller's to check. */
static inline const uint8_t *integer(const uint8_t *at, uint64_t *value)
{
    unsigned digit = (unsigned)*at - '0';
    uint64_t sum = digit;
    const uint8_t *first = at;
    if (digit > 9) {
        return NULL;
    }
    for (digit = (unsigned)*++at - '0'; digit <= 9; digit = (unsigned)*++at - '0') {
        sum = sum * 10 + digit;
    }
    if (at - first > 16 || (*first == '0' && at - first > 1)) {
        return NULL;
    }
    *value = sum;
    return at;
}

static inline const uint8_t *index32(const uint8_t *at, uint32_t *value)
{
    uint64_t wide;
    at = integer(at, &wide);
    if (!at || wide >= UINT32_MAX) {
        return NULL;
    }
    *value = (uint32_t)wide;
    return at;
}

static inline const uint8_t *wait_time(const uint8_t *at, int64_t *value)
{
    uint64_t wide;
    if (at[0] == '-') {
        *value = -1;
        return at[1] == '1' && (at[2] < '0' || at[2] > '9') ? at + 2 : NULL;
    }
    at = integer(at, &wide);
    if (at) {
        *value = (int64_t)wide;
    }
    return at;
}

static inline const uint8_t *truth(const uint8_t *at, bool *value)
{
    *value = *at == 't';
    if (STARTS(at, "true")) {
        return at + 4;
    }
    return STARTS(at, "false") ? at + 5 : NULL;
}

static inline const uint8_t *op_name(const uint8_t *at, uint8_t *op)
{
#define TAKE(text, value) if (STARTS(at, text)) { *op = value; return at + sizeof(text) - 1; } break
    switch (at[1]) {
    case 'a': TAKE("\"alloc\"", TRACE_ALLOC);
    case 'f': TAKE("\"free\"", TRACE_FREE);
    case 'r': TAKE("\"realloc\"", TRACE_REALLOC);
    case 'c': TAKE("\"calloc\"", TRACE_CALLOC);
    default: break;
    }
#undef TAKE
    return NULL;
}

/* Behind a member's opening quote: which one, and the bytes of its name with the closing quote. */
static inline enum trace_member member_at(const uint8_t *at, size_t *length)
{
#define TAKE(text, member) if (STARTS(at, text "\"")) { *length = sizeof(text); return member; }
    switch (at[0]) {
    case 'o': TAKE("op", TRACE_M_OP) break;
    case 'i': TAKE("id", TRACE_M_ID) break;
    case 's': TAKE("size", TRACE_M_SIZE) TAKE("site", TRACE_M_SITE) break;
    case 't': TAKE("t", TRACE_M_T) TAKE("thread", TRACE_M_THREAD) break;
    case 'c': TAKE("count", TRACE_M_COUNT) break;
    case 'a': TAKE("align", TRACE_M_ALIGN) break;
    case 'h': TAKE("heap", TRACE_M_HEAP) break;
    case 'w': TAKE("wait", TRACE_M_WAIT) break;
    case 'f': TAKE("failed", TRACE_M_FAILED) break;
    default: break;
    }
#undef TAKE
    return TRACE_MEMBERS;
}

static inline const uint8_t *member_value(const uint8_t *at, enum trace_member member, struct trace_event *event)
{
    switch (member) {
    case TRACE_M_OP: return op_name(at, &event->op);
    case TRACE_M_ID: return integer(at, &event->id);
    case TRACE_M_SIZE: return integer(at, &event->size);
    case TRACE_M_COUNT: return integer(at, &event->count);
    case TRACE_M_ALIGN: return integer(at, &event->align);
    case TRACE_M_T: return integer(at, &event->t);
    case TRACE_M_SITE: return index32(at, &event->site);
    case TRACE_M_THREAD: return index32(at, &event->thread);
    case TRACE_M_HEAP: return index32(at, &event->heap);
    case TRACE_M_WAIT: return wait_time(at, &event->wait);
    case TRACE_M_FAILED: return truth(at, &event->failed);
    default: return NULL;
    }
}

const uint8_t *trace_json_fast(const uint8_t *at, struct trace_draft *draft)
{
    trace_draft_clear(draft);
    if (*at++ != '{') {
        return NULL;
    }
    for (;;) {
        size_t length;
        at = skip(at);
        if (*at++ != '"') {
            return NULL;
        }
        enum trace_member member = member_at(at, &length);
        if (member == TRACE_MEMBERS || (draft->given & TRACE_GIVEN(member))) {
            return NULL;
        }
        draft->given |= TRACE_GIVEN(member);
        at = skip(at + length);
        if (*at++ != ':') {
            return NULL;
        }
        at = member_value(skip(at), member, &draft->event);
        if (!at) {
            return NULL;
        }
        at = skip(at);
        if (*at == '}') {
            return at + 1;
        }
        if (*at++ != ',') {
            return NULL;
        }
    }
}
