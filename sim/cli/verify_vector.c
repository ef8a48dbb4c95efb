/* verify_vector.c: reads vector files, and knows which policy each allocator's name means. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "verify.h"

/* The files' prefixes, and the allocators' names as files spell them. A prefix that begins with another one comes before it. */
static const struct {
    const char *key, *allocator, *spec;
} names[] = {
    {"freertos-heap1", "FreeRTOS heap_1", "freertos_heap_1"},
    {"freertos-heap2", "FreeRTOS heap_2", "freertos_heap_2"},
    {"freertos-heap3", "FreeRTOS heap_3", "freertos_heap_3"},
    {"freertos-heap4", "FreeRTOS heap_4", "freertos_heap_4"},
    {"freertos-heap5", "FreeRTOS heap_5", "freertos_heap_5"},
    {"rtthread-smem-a8", "RT-Thread small mem (RT_ALIGN_SIZE 8)", "rtthread_smem:align=8"},
    {"rtthread-smem", "RT-Thread small mem", "rtthread_smem"},
    {"rtthread-slab", "RT-Thread slab", "rtthread_slab"},
    {"rtthread-memheap-a8", "RT-Thread memheap (RT_ALIGN_SIZE 8, minimum 16 as in 5.x)", "rtthread_memheap:align=8"},
    {"rtthread-memheap-multi", "RT-Thread memheap (several regions, auto binding)", "rtthread_memheap"},
    {"rtthread-memheap", "RT-Thread memheap", "rtthread_memheap"},
    {"rtthread-mempool", "RT-Thread mempool", "rtthread_mempool"},
    {"tlsf", "mattconte TLSF", "mattconte_tlsf"},
    {"linked_list_allocator", "linked_list_allocator", "linked_list_allocator"},
    {"buddy_system_allocator-0.6", "buddy_system_allocator-0.6", "buddy_system_allocator:version=0.6"},
    {"buddy_system_allocator-0.11-order15", "buddy_system_allocator-0.11-order15", "buddy_system_allocator:version=0.11:order=15"},
    {"buddy_system_allocator-0.11", "buddy_system_allocator-0.11", "buddy_system_allocator:version=0.11"},
    {"talc-claimonoom", "talc-claimonoom", "talc:oom=claim"},
    {"talc", "talc", "talc"},
    {"wee_alloc", "wee_alloc", "wee_alloc"},
    {"embedded-alloc-tlsf", "embedded-alloc-tlsf", "embedded_alloc_tlsf"},
};
#define NAME_COUNT (sizeof names / sizeof names[0])

int verify_bad(const struct verify_vector *vector, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", vector->path);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return CLI_BAD_INPUT;
}

/* ---- the file ---- */

#define MOST_FILE_BYTES (UINT32_C(1) << 30)

static char *read_whole(const char *path)
{
    gzFile file = gzopen(path, "rb");
    size_t room = 1 << 16, used = 0;
    char *text = file == NULL ? NULL : malloc(room + 1);
    int got = 0;
    while (text != NULL && used < MOST_FILE_BYTES && (got = gzread(file, text + used, (unsigned)(room - used))) > 0) {
        used += (size_t)got;
        if (used == room) {
            char *larger = realloc(text, room * 2 + 1);
            if (larger == NULL) {
                break;
            }
            text = larger;
            room *= 2;
        }
    }
    const bool whole = file != NULL && gzclose(file) == Z_OK && got == 0;
    if (text != NULL && !whole) {
        free(text);
        return NULL;
    }
    if (text != NULL) {
        text[used] = '\0';
    }
    return text;
}

static int parse_file(struct verify_vector *vector)
{
    char *text = read_whole(vector->path);
    if (text == NULL) {
        return verify_bad(vector, "cannot be read");
    }
    const char *end = NULL;
    vector->json = cJSON_ParseWithOpts(text, &end, true);
    const long at = end == NULL ? 0 : (long)(end - text);
    free(text);
    if (!cJSON_IsObject(vector->json)) {
        return verify_bad(vector, "byte %ld: not a JSON object", at);
    }
    return CLI_DONE;
}

/* A whole number from 0 to `most`: 1; no such member: 0; anything else: -1 after printing why. */
static int take_number(const struct verify_vector *vector, const cJSON *object, const char *key, uint32_t most, uint32_t *value)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    if (member == NULL || cJSON_IsNull(member)) {
        return 0;
    }
    if (!cJSON_IsNumber(member) || member->valuedouble < 0 || member->valuedouble > most || floor(member->valuedouble) != member->valuedouble) {
        verify_bad(vector, "%s: expected a whole number from 0 to %" PRIu32, key, most);
        return -1;
    }
    *value = (uint32_t)member->valuedouble;
    return 1;
}

/* ---- the policy ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* "rtthread-smem" is the key of "rtthread-smem.edge.json". */
static const char *spec_of_file(const char *path)
{
    const char *name = base_name(path);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        const size_t length = strlen(names[i].key);
        if (strncmp(name, names[i].key, length) == 0 && name[length] == '.') {
            return names[i].spec;
        }
    }
    return NULL;
}

static const char *spec_of_allocator(const char *allocator)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (strcmp(allocator, names[i].allocator) == 0 || strcmp(allocator, names[i].key) == 0) {
            return names[i].spec;
        }
    }
    return allocator; /* as --offsets writes it: the policy itself */
}

static bool has_param(const struct spec *spec, const char *key)
{
    const struct heap_param *param = spec->options.policy->inspect->params;
    while (param != NULL && param->key != NULL && strcmp(param->key, key) != 0) {
        param++;
    }
    return param != NULL && param->key != NULL;
}

/* Parses `text`, with `key`=`value` behind it where the policy has that parameter and `text` does not set it. */
static int set_policy(struct verify_vector *vector, char *text, size_t size)
{
    static const struct {
        const char *member, *key;
    } members[] = {{"rt_align_size", "align"}, {"block_size", "block"}};
    for (size_t i = 0;; i++) {
        struct spec_list list = {.count = 0};
        char why[512];
        if (!spec_parse(&list, text, why, sizeof why) || list.count != 1) {
            return verify_bad(vector, "%s", list.count > 1 ? "one policy at a time" : why);
        }
        vector->spec = list.items[0];
        if (i == sizeof members / sizeof members[0]) {
            return CLI_DONE;
        }
        char key[32];
        uint32_t value = 0;
        const int got = take_number(vector, vector->json, members[i].member, INT32_MAX, &value);
        if (got < 0) {
            return CLI_BAD_INPUT;
        }
        snprintf(key, sizeof key, ":%s=", members[i].key);
        if (got == 1 && has_param(&vector->spec, members[i].key) && strstr(text, key) == NULL) {
            const size_t used = strlen(text);
            snprintf(text + used, size - used, "%s%" PRIu32, key, value);
        }
    }
}

static int find_policy(struct verify_vector *vector, const char *policy)
{
    char text[SPEC_TEXT];
    const cJSON *allocator = cJSON_GetObjectItemCaseSensitive(vector->json, "allocator");
    const char *spec = policy != NULL ? policy : spec_of_file(vector->path);
    if (spec == NULL && !cJSON_IsString(allocator)) {
        return verify_bad(vector, "neither its name nor a member 'allocator' says which allocator this is");
    }
    snprintf(text, sizeof text, "%s", spec != NULL ? spec : spec_of_allocator(allocator->valuestring));
    return set_policy(vector, text, sizeof text);
}

/* ---- the memory ---- */

static int take_regions(struct verify_vector *vector)
{
    struct lane_options *options = &vector->spec.options;
    const cJSON *regions = cJSON_GetObjectItemCaseSensitive(vector->json, "regions"), *region = NULL;
    if (regions == NULL) {
        return CLI_DONE;
    }
    if (!cJSON_IsArray(regions) || cJSON_GetArraySize(regions) < 1 || cJSON_GetArraySize(regions) > LANE_MAX_REGIONS) {
        return verify_bad(vector, "regions: expected a list of 1 to %d", LANE_MAX_REGIONS);
    }
    cJSON_ArrayForEach(region, regions) {
        struct lane_region *to = &options->regions[options->region_count++];
        if (take_number(vector, region, "offset", INT32_MAX, &to->offset) != 1 || take_number(vector, region, "size", INT32_MAX, &to->bytes) != 1) {
            return verify_bad(vector, "regions: each needs offset and size");
        }
    }
    return CLI_DONE;
}

static int take_memory(struct verify_vector *vector)
{
    struct lane_options *options = &vector->spec.options;
    uint32_t word_bits = 0;
    if (take_number(vector, vector->json, "word_bits", 128, &word_bits) != 1 || word_bits != 32) {
        return verify_bad(vector, "word_bits: expected 32 (the replicas do what 32-bit originals do), found %" PRIu32, word_bits);
    }
    if (take_number(vector, vector->json, "arena_base", UINT32_MAX, &options->arena_base) < 0) {
        return CLI_BAD_INPUT;
    }
    const int got = take_number(vector, vector->json, "arena_bytes", INT32_MAX, &options->heap_bytes);
    if (got < 0) {
        return CLI_BAD_INPUT;
    }
    const int code = take_regions(vector);
    if (code == CLI_DONE && got == 0 && options->region_count == 0) {
        return verify_bad(vector, "no member arena_bytes");
    }
    return code;
}

static int take_placements(struct verify_vector *vector)
{
    const cJSON *trace = cJSON_GetObjectItemCaseSensitive(vector->json, "trace");
    vector->offsets = cJSON_GetObjectItemCaseSensitive(vector->json, "offsets");
    if (!cJSON_IsArray(vector->offsets)) {
        return verify_bad(vector, "no member offsets, a list");
    }
    if (cJSON_IsString(trace)) {
        snprintf(vector->trace, sizeof vector->trace, "%s", trace->valuestring);
    }
    return take_memory(vector);
}

int verify_open(struct verify_vector *vector, const char *path, const char *policy)
{
    *vector = (struct verify_vector){.path = path};
    const int parsed = parse_file(vector);
    if (parsed != CLI_DONE) {
        return parsed;
    }
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(vector->json, "format");
    if (format != NULL) {
        return verify_bad(vector, "unknown format '%s'", cJSON_IsString(format) ? format->valuestring : "?");
    }
    const int code = find_policy(vector, policy);
    return code == CLI_DONE ? take_placements(vector) : code;
}

void verify_close(struct verify_vector *vector)
{
    cJSON_Delete(vector->json);
    vector->json = NULL;
}

/* ---- entries ---- */

int64_t verify_entry(const struct lane *lane, const struct lane_result *result)
{
    switch (result->outcome) {
    case LANE_SERVED: return (int64_t)lane_report_offset(lane, result->off);
    case LANE_FAILED:
    case LANE_NULL: return VERIFY_FAILED;
    default: return VERIFY_NOTHING;
    }
}

const char *verify_entry_text(int64_t entry, char *buffer, size_t size)
{
    if (entry == VERIFY_NOTHING) {
        snprintf(buffer, size, "null");
    } else {
        snprintf(buffer, size, entry == VERIFY_FAILED ? "%" PRId64 " (failed)" : "offset %" PRId64, entry);
    }
    return buffer;
}
