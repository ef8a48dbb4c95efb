/* verify_script.c: runs a script: calls, and changes of the memory: a region that grows or shrinks, one that joins.
 *
 *   {"op": "alloc", "id": 3, "size": 24, "align": 8}   result: the offset, or -1
 *   {"op": "realloc", "id": 3, "size": 40}             the same; -1: the block stays
 *   {"op": "free", "id": 3}                            null
 *   {"op": "extend", "by": 100}                        memory right above the first region joins it: "ok" or "err"
 *   {"op": "extend", "old": […], "to": [-8, 4000]}     the first region shall span that: the span that it has then; [] = it is gone
 *   {"op": "truncate", "old": […], "to": [0, 264]}     the same
 *   {"op": "claim", "span": [8000, 9000]}              another region: "ok" or "err"
 *
 * Offsets count from arena_base and may lie below it; memory stands ready wherever a script reaches. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "verify.h"

#define PAGE 4096
#define MOST_IDS 1000000
#define REACH (INT64_C(1) << 28) /* offsets lie between -REACH and REACH */

struct script_block {
    void *pointer;               /* NULL: not live */
    struct heap_layout layout;
};

struct script {
    const struct verify_vector *vector;
    struct verify_result *result;
    struct heap heap;
    uint32_t base;               /* nominal address of offset 0 */
    int64_t low, high, top;      /* offsets: of the memory; of the first region's end so far */
    uint8_t *memory;             /* state block, then [low, high) */
    size_t memory_bytes, state_bytes;
    struct script_block *blocks; /* by id */
    int64_t most_id;
};

/* ---- reading ---- */

/* A member [low, high): 1, none: 0, anything else: -1 after printing why. */
static int take_span(const struct verify_vector *vector, const cJSON *step, const char *key, int64_t span[2])
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(step, key);
    if (member == NULL) {
        return 0;
    }
    bool good = cJSON_IsArray(member) && cJSON_GetArraySize(member) == 2;
    for (int i = 0; i < 2 && good; i++) {
        const cJSON *end = cJSON_GetArrayItem(member, i);
        good = cJSON_IsNumber(end) && end->valuedouble > (double)-REACH && end->valuedouble < (double)REACH;
        span[i] = good ? (int64_t)end->valuedouble : 0;
    }
    if (!good || span[0] > span[1]) {
        verify_bad(vector, "%s: expected [from, to], offsets", key);
        return -1;
    }
    return 1;
}

static const char *op_of(const cJSON *step)
{
    const cJSON *op = cJSON_GetObjectItemCaseSensitive(step, "op");
    return cJSON_IsString(op) ? op->valuestring : "";
}

/* How far the script reaches: widens [low, high), sums what it extends by, finds the largest id. */
static int survey_step(struct script *script, const cJSON *step)
{
    const struct verify_vector *vector = script->vector;
    int64_t span[2] = {0, 0}, by = 0, id = 0;
    const int wanted = take_span(vector, step, strcmp(op_of(step), "claim") == 0 ? "span" : "to", span);
    if (wanted < 0 || verify_number(vector, step, "by", 0, REACH, &by) < 0 || verify_number(vector, step, "id", 1, MOST_IDS, &id) < 0) {
        return CLI_BAD_INPUT;
    }
    script->top += by;
    script->most_id = id > script->most_id ? id : script->most_id;
    script->low = wanted == 1 && span[0] < script->low ? span[0] : script->low;
    script->high = wanted == 1 && span[1] > script->high ? span[1] : script->high;
    script->high = script->top > script->high ? script->top : script->high;
    return script->high < REACH ? CLI_DONE : verify_bad(vector, "the steps extend too far");
}

static int survey(struct script *script)
{
    const cJSON *steps = cJSON_GetObjectItemCaseSensitive(script->vector->json, "steps"), *step = NULL;
    const cJSON *results = cJSON_GetObjectItemCaseSensitive(script->vector->json, "results");
    const uint32_t bytes = script->vector->spec.options.heap_bytes;
    if (!cJSON_IsArray(steps) || !cJSON_IsArray(results) || cJSON_GetArraySize(steps) != cJSON_GetArraySize(results)) {
        return verify_bad(script->vector, "expected two lists of the same length, steps and results");
    }
    if (script->vector->spec.options.region_count != 0 || bytes >= REACH) {
        return verify_bad(script->vector, "expected one region, arena_bytes below %" PRId64, REACH);
    }
    script->high = script->top = bytes;
    int code = CLI_DONE;
    cJSON_ArrayForEach(step, steps) {
        code = code == CLI_DONE ? survey_step(script, step) : code;
    }
    script->top = bytes;
    return code;
}

/* ---- the memory ---- */

static uint8_t *at(const struct script *script, int64_t off)
{
    return script->memory + script->state_bytes + (off - script->low);
}

/* Nominal and true addresses agree modulo a page. */
static int open_memory(struct script *script)
{
    const struct lane_options *options = &script->vector->spec.options;
    const int64_t base = options->arena_base == 0 ? HEAP_NOMINAL_BASE : options->arena_base;
    script->low = (base + script->low - PAGE) / PAGE * PAGE - base; /* the page's start */
    if (base + script->low < 0 || base + script->high > UINT32_MAX) {
        return verify_bad(script->vector, "the steps leave the address space");
    }
    script->base = (uint32_t)base;
    script->state_bytes = (heap_state_bytes(options->policy) + PAGE - 1) / PAGE * PAGE;
    script->memory_bytes = script->state_bytes + (size_t)(script->high - script->low) + PAGE;
    script->blocks = calloc((size_t)script->most_id + 1, sizeof *script->blocks);
    void *memory = mmap(NULL, script->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    script->memory = memory == MAP_FAILED ? NULL : memory;
    if (script->blocks == NULL || script->memory == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    struct heap_config config = {.policy = options->policy, .alignment = options->alignment, .checks = options->checks, .state = script->memory,
                                 .faithful = !options->guarded, .address = script->base};
    memcpy(config.params, options->params, sizeof config.params);
    const int error = heap_init(&script->heap, &config, at(script, 0), options->heap_bytes);
    return error == HEAP_OK ? CLI_DONE : cli_lane_fail(&script->vector->spec, options->heap_bytes, error);
}

static void close_memory(struct script *script)
{
    if (script->memory != NULL) {
        munmap(script->memory, script->memory_bytes);
    }
    free(script->blocks);
}

/* ---- the steps: each writes its result as JSON ---- */

#define RESULT_TEXT 64

static void put_place(const struct script *script, const void *pointer, char *text)
{
    snprintf(text, RESULT_TEXT, "%" PRId64, pointer == NULL ? VECTOR_FAILED : (int64_t)((const uint8_t *)pointer - at(script, 0)));
}

static int run_alloc(struct script *script, const cJSON *step, int64_t id, char *text)
{
    int64_t size = 0, align = 0;
    const bool sized = verify_number(script->vector, step, "size", 0, UINT32_MAX, &size) == 1;
    if (!sized || verify_number(script->vector, step, "align", 0, INT64_C(1) << 31, &align) < 0 || (align & (align - 1)) != 0) {
        return verify_bad(script->vector, "alloc needs a size, and a power of two as its align");
    }
    const struct heap_layout layout = {(uint32_t)size, align != 0 ? (uint32_t)align : script->heap.natural};
    void *pointer = heap_aligned_alloc(&script->heap, layout.align, layout.size);
    script->blocks[id] = (struct script_block){pointer, layout};
    put_place(script, pointer, text);
    return CLI_DONE;
}

static int run_realloc(struct script *script, const cJSON *step, int64_t id, char *text)
{
    struct script_block *block = &script->blocks[id];
    int64_t size = 0;
    if (verify_number(script->vector, step, "size", 0, UINT32_MAX, &size) != 1) {
        return verify_bad(script->vector, "realloc needs a size");
    }
    if (block->pointer != NULL) {
        void *pointer = heap_realloc_sized(&script->heap, block->pointer, block->layout, (size_t)size);
        put_place(script, pointer, text);
        const bool released = pointer == NULL && heap_last_error(&script->heap) == HEAP_RELEASED;
        if (pointer != NULL || released) {
            block->pointer = pointer;
            block->layout.size = (uint32_t)size;
        }
        if (released) {
            strcpy(text, "null");
        }
    }
    return CLI_DONE;
}

static void run_free(struct script *script, int64_t id)
{
    struct script_block *block = &script->blocks[id];
    (void)heap_free_sized(&script->heap, block->pointer, block->layout);
    block->pointer = NULL;
}

static void put_span(int64_t from, int64_t to, char *text)
{
    snprintf(text, RESULT_TEXT, "[%" PRId64 ", %" PRId64 "]", from, to);
}

static void put_first_region(const struct script *script, char *text)
{
    const struct heap_region *region = &script->heap.regions[0];
    const int64_t from = (int64_t)region->address - script->base;
    if (region->bytes == 0) {
        strcpy(text, "[]");
    } else {
        put_span(from, from + region->bytes, text);
    }
}

/* Memory right above: the first region grows; where the policy cannot do that, it joins as a region. */
static void extend_by(struct script *script, int64_t by, char *text)
{
    const uint32_t address = script->base + (uint32_t)script->top;
    int error = heap_resize_region(&script->heap, 0, at(script, 0), (size_t)(script->top + by));
    if (error == HEAP_E_UNSUPPORTED) {
        error = heap_add_region_at(&script->heap, at(script, script->top), (size_t)by, address);
    }
    script->top += by;
    strcpy(text, error == HEAP_OK ? "\"ok\"" : "\"err\"");
}

/* A span's end as the original sees it: inward to words. */
static int64_t to_word(const struct script *script, int64_t off, bool up)
{
    const int64_t word = 4, address = script->base + off + (up ? word - 1 : 0);
    return address - address % word - script->base;
}

/* To truncate to what is there does nothing; to extend to it puts talc's topmost gap first in its bin, which heap_resize_region does. */
static bool is_as_before(const struct script *script, const cJSON *step, const int64_t span[2])
{
    int64_t old[2] = {0, 0};
    return take_span(script->vector, step, "old", old) == 1 && to_word(script, old[0], true) == to_word(script, span[0], true) &&
           to_word(script, old[1], false) == to_word(script, span[1], false);
}

static int run_memory(struct script *script, const cJSON *step, const char *op, char *text)
{
    int64_t span[2] = {0, 0}, by = 0;
    const bool claims = strcmp(op, "claim") == 0;
    if (!claims && verify_number(script->vector, step, "by", 0, REACH, &by) == 1) {
        extend_by(script, by, text);
        return CLI_DONE;
    }
    if (take_span(script->vector, step, claims ? "span" : "to", span) != 1) {
        return verify_bad(script->vector, "%s needs %s", op, claims ? "a span" : "by, or to");
    }
    if (claims) {
        const int error = heap_add_region_at(&script->heap, at(script, span[0]), (size_t)(span[1] - span[0]), script->base + (uint32_t)span[0]);
        strcpy(text, error == HEAP_OK ? "\"ok\"" : "\"err\"");
    } else if (strcmp(op, "truncate") == 0 && is_as_before(script, step, span)) {
        put_span(to_word(script, span[0], true), to_word(script, span[1], false), text);
    } else {
        (void)heap_resize_region(&script->heap, 0, at(script, span[0]), (size_t)(span[1] - span[0]));
        put_first_region(script, text); /* what cannot be done changes nothing */
    }
    return CLI_DONE;
}

static int run_step(struct script *script, const cJSON *step, char *text)
{
    const char *op = op_of(step);
    int64_t id = 0;
    strcpy(text, "null");
    if (strcmp(op, "extend") == 0 || strcmp(op, "truncate") == 0 || strcmp(op, "claim") == 0) {
        return run_memory(script, step, op, text);
    }
    if (verify_number(script->vector, step, "id", 1, MOST_IDS, &id) != 1) {
        return verify_bad(script->vector, "step %" PRIu64 ": '%s' without id, or no step at all", script->result->all + 1, op);
    }
    if (strcmp(op, "alloc") == 0) {
        return run_alloc(script, step, id, text);
    }
    if (strcmp(op, "realloc") == 0) {
        return run_realloc(script, step, id, text);
    }
    if (strcmp(op, "free") != 0) {
        return verify_bad(script->vector, "step %" PRIu64 ": unknown op '%s'", script->result->all + 1, op);
    }
    run_free(script, id);
    return CLI_DONE;
}

static int run_steps(struct script *script)
{
    const cJSON *step = cJSON_GetObjectItemCaseSensitive(script->vector->json, "steps")->child;
    const cJSON *expected = cJSON_GetObjectItemCaseSensitive(script->vector->json, "results")->child;
    int code = CLI_DONE;
    for (; step != NULL && expected != NULL && code == CLI_DONE; step = step->next, expected = expected->next) {
        char text[RESULT_TEXT];
        code = run_step(script, step, text);
        char *call = code == CLI_DONE ? cJSON_PrintUnformatted(step) : NULL;
        if (code == CLI_DONE) {
            (void)verify_note(script->result, call == NULL ? "?" : call, expected, text);
        }
        cJSON_free(call);
    }
    return code;
}

int verify_script(const struct verify_vector *vector, struct verify_result *result)
{
    struct script *script = calloc(1, sizeof *script);
    if (script == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    script->vector = vector;
    script->result = result;
    result->what = "steps";
    int code = survey(script);
    code = code == CLI_DONE ? open_memory(script) : code;
    code = code == CLI_DONE ? run_steps(script) : code;
    close_memory(script);
    free(script);
    return code;
}
