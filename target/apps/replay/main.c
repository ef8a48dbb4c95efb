/* main.c of replay: a trace in binary form through libheap on this machine, and what came of it, as "KEY VALUE" lines.
 *
 *     replay trace=FILE size=BYTES [policy=NAME] [align=4|8|16] [params=A,B,C,D] [bare=1]
 *
 * bare: the policy's own functions are counted, without heap.c.
 * The heap lies as the simulator lays it: the state block apart, the arena from a multiple of 4096, all zero before heap_init. The
 * trace streams through one block's buffer. Exit codes: 0 done; 2 arguments; 3 the trace; 4 not enough memory on this machine. */
#include <string.h>

#include <heap/policy.h>
#include <trace_hlt_decode.h>

#include "heap_call.h"
#include "port.h"
#include "print.h"
#include "replay.h"

enum { EXIT_DONE = 0, EXIT_ARGUMENTS = 2, EXIT_TRACE = 3, EXIT_MEMORY = 4 };

#define STATE_BYTES 8192u /* room for any policy's state block */

struct arguments {
    const char *trace, *policy;
    uint32_t size, align;
    uint32_t params[HEAP_MAX_PARAMS];
};

/* A decimal number up to UINT32_MAX; *text moves behind it. */
static bool take_number(const char **text, uint32_t *value)
{
    uint64_t number = 0;
    const char *at = *text;
    for (; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++) {
        number = number * 10 + (uint64_t)(*at - '0');
    }
    const bool good = at != *text && number <= UINT32_MAX;
    *value = (uint32_t)number;
    *text = at;
    return good;
}

static bool take_params(const char *text, uint32_t *params)
{
    for (uint32_t i = 0; i < HEAP_MAX_PARAMS; i++) {
        if (!take_number(&text, &params[i])) {
            return false;
        }
        if (*text == '\0') {
            return true;
        }
        if (*text++ != ',') {
            return false;
        }
    }
    return false;
}

static const char *value_of(const char *argument, const char *key)
{
    const size_t len = strlen(key);
    return strncmp(argument, key, len) == 0 && argument[len] == '=' ? argument + len + 1 : NULL;
}

static bool take_argument(struct arguments *arguments, const char *argument)
{
    const char *value = NULL;
    if ((value = value_of(argument, "trace")) != NULL) {
        arguments->trace = value;
        return true;
    }
    if ((value = value_of(argument, "policy")) != NULL) {
        arguments->policy = value;
        return true;
    }
    if ((value = value_of(argument, "params")) != NULL) {
        return take_params(value, arguments->params);
    }
    if ((value = value_of(argument, "size")) != NULL) {
        return take_number(&value, &arguments->size) && *value == '\0';
    }
    if ((value = value_of(argument, "bare")) != NULL) {
        heap_call_bare = strcmp(value, "1") == 0;
        return true;
    }
    if ((value = value_of(argument, "align")) != NULL) {
        return take_number(&value, &arguments->align) && *value == '\0';
    }
    return false;
}

static int fail(int code, const char *what, const char *detail)
{
    print_text("error ");
    print_text(what);
    print_text(detail);
    print_line();
    return code;
}

#ifdef HEAP_ONE_POLICY
#define TABLE_OF2(name) heap_policy_##name
#define TABLE_OF(name) TABLE_OF2(name)
extern const struct heap_policy TABLE_OF(HEAP_ONE_POLICY);

static const struct heap_policy *policy_named(const char *name)
{
    return name == NULL || strcmp(name, TABLE_OF(HEAP_ONE_POLICY).name) == 0 ? &TABLE_OF(HEAP_ONE_POLICY) : NULL;
}
#else
static const struct heap_policy *policy_named(const char *name)
{
    return name == NULL ? NULL : heap_policy_find(name);
}
#endif

static int make_heap(struct heap *heap, const struct arguments *arguments)
{
    static _Alignas(8) uint8_t state[STATE_BYTES];
    const struct port_memory memory = port_heap_memory();
    struct heap_config config = {.policy = policy_named(arguments->policy), .alignment = arguments->align, .state = state};
    if (config.policy == NULL) {
        return fail(EXIT_ARGUMENTS, "no such policy in this firmware: ", arguments->policy == NULL ? "(none named)" : arguments->policy);
    }
    if (arguments->size > memory.bytes) {
        print_text("error the heap is larger than this board's memory for it, bytes: ");
        print_unsigned(memory.bytes);
        print_line();
        return EXIT_MEMORY;
    }
    if (heap_state_bytes(config.policy) > sizeof state) {
        return fail(EXIT_MEMORY, "the policy's state block is larger than this app's room for it", "");
    }
    memcpy(config.params, arguments->params, sizeof config.params);
    memset(memory.base, 0, arguments->size);
    const int error = heap_init(heap, &config, memory.base, arguments->size);
    return error == HEAP_OK ? EXIT_DONE : fail(EXIT_ARGUMENTS, "the policy refuses this heap: ", heap_error_text(error));
}

static int32_t read_trace(void *ctx, void *into, uint32_t bytes)
{
    const int32_t *handle = ctx;
    const int32_t got = port_read(*handle, into, bytes);
    return got < 0 ? TRACE_E_READ : got;
}

/* Slots from the table memory: as many as the trace says that it needs, or all that fit. */
static int make_slots(struct replay *replay, const struct trace_hlt_decoder *decoder)
{
    const struct port_memory memory = port_table_memory();
    const uint32_t room = (uint32_t)(memory.bytes / sizeof *replay->slots);
    const bool told = decoder->slot_count != TRACE_HLT_UNKNOWN32;
    if (told && decoder->slot_count > room) {
        return fail(EXIT_MEMORY, "the trace has more blocks alive at once than this board has room for", "");
    }
    replay->slots = (struct replay_slot *)(void *)memory.base;
    replay->slot_count = told ? decoder->slot_count : room;
    memset(replay->slots, 0, replay->slot_count * sizeof *replay->slots);
    return EXIT_DONE;
}

static int run(struct replay *replay, const char *path)
{
    static uint8_t buffer[TRACE_HLT_BLOCK_MAX];
    struct trace_hlt_decoder decoder;
    int32_t handle = port_open(path);
    if (handle < 0) {
        return fail(EXIT_TRACE, "cannot open the trace ", path);
    }
    int code = trace_hlt_decode_begin(&decoder, read_trace, &handle, buffer, sizeof buffer);
    if (code == 0) {
        const int made = make_slots(replay, &decoder);
        if (made != EXIT_DONE) {
            return made;
        }
        struct trace_event event;
        while ((code = trace_hlt_decode_next(&decoder, &event)) > 0) {
            if (!replay_event(replay, &event)) {
                return fail(EXIT_MEMORY, "the trace has more blocks alive at once than this board has room for", "");
            }
        }
    }
    return code == 0 ? EXIT_DONE : fail(EXIT_TRACE, "the trace cannot be read: ", decoder.why);
}

static void print_histogram(const char *name, const struct histogram *histogram)
{
    print_text(name);
    const uint64_t values[] = {histogram->count, histogram->sum, histogram_percentile(histogram, 50), histogram_percentile(histogram, 99),
                               histogram->max};
    for (uint32_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        print_text(" ");
        print_unsigned(values[i]);
    }
    print_line();
}

static void report(const struct replay *replay)
{
    static const char *const kinds[REPLAY_KINDS] = {"malloc_instructions", "free_instructions", "realloc_instructions"};
    print_text("policy ");
    print_text(replay->heap->policy->name);
    print_line();
    print_pair("word_bits", sizeof(void *) * 8);
    print_pair("arena_bytes", replay->heap->bytes);
    print_pair("events", replay->events);
    print_pair("failures", replay->failures);
    print_pair("skipped", replay->skipped);
    print_pair("refused", replay->refused);
    print_pair("recorded_failures", replay->recorded_failures);
    print_pair("recorded_failures_served", replay->recorded_failures_served);
    print_pair("live_blocks", replay_live_blocks(replay));
    for (uint32_t i = 0; i < REPLAY_KINDS && replay->histograms != NULL; i++) {
        print_histogram(kinds[i], &replay->histograms[i]);
    }
    heap_off where = HEAP_NONE;
    const int check = heap_check(replay->heap, &where);
    print_text("check ");
    print_text(check == HEAP_OK ? "OK" : heap_error_name(check));
    print_line();
    print_pair_hex("digest", heap_digest(replay->heap));
}

int main(int argc, char **argv)
{
    static struct histogram histograms[REPLAY_KINDS];
    static struct heap heap;
    struct replay replay = {.heap = &heap, .histograms = heap_call_counts ? histograms : NULL};
    struct arguments arguments = {NULL, NULL, 0, 0, {0}};
    for (int i = 1; i < argc; i++) {
        if (!take_argument(&arguments, argv[i])) {
            return fail(EXIT_ARGUMENTS, "argument not understood: ", argv[i]);
        }
    }
    if (arguments.trace == NULL || arguments.size == 0) {
        return fail(EXIT_ARGUMENTS, "trace=FILE and size=BYTES are needed", "");
    }
#ifdef HEAP_ONE_POLICY
    port_allow_unaligned();
#endif
    int code = make_heap(&heap, &arguments);
    if (code == EXIT_DONE) {
        code = run(&replay, arguments.trace);
    }
    if (code == EXIT_DONE) {
        report(&replay);
    }
    return code;
}
