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
    fflush(stdout); /* in order with the results so far */
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
    const size_t length = strlen(text), at = end == NULL ? 0 : (size_t)(end - text);
    free(text);
    if (vector->json == NULL && length != 0 && at + 1 >= length) {
        return verify_bad(vector, "ends after %zu bytes in the middle of its JSON", length);
    }
    if (!cJSON_IsObject(vector->json)) {
        return verify_bad(vector, "byte %zu: not a JSON object", vector->json == NULL ? at : 0);
    }
    return CLI_DONE;
}

int verify_number(const struct verify_vector *vector, const cJSON *object, const char *key, int64_t least, int64_t most, int64_t *value)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    if (member == NULL) {
        return 0;
    }
    const double number = cJSON_IsNumber(member) ? member->valuedouble : NAN;
    if (!(number >= (double)least && number <= (double)most) || floor(number) != number) {
        verify_bad(vector, "%s: expected a whole number from %" PRId64 " to %" PRId64, key, least, most);
        return -1;
    }
    *value = (int64_t)number;
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

/* The original's name or key; else what heaplab replay --offsets writes: the policy itself. */
static const char *spec_of_allocator(const char *allocator)
{
    char name[SPEC_TEXT];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(allocator, ":"), allocator);
    for (size_t i = 0; i < NAME_COUNT && heap_policy_find(name) == NULL; i++) {
        if (strcmp(allocator, names[i].allocator) == 0 || strcmp(allocator, names[i].key) == 0) {
            return names[i].spec;
        }
    }
    return allocator;
}

static bool has_param(const struct spec *spec, const char *key)
{
    const struct heap_param *param = spec->options.policy->inspect->params;
    while (param != NULL && param->key != NULL && strcmp(param->key, key) != 0) {
        param++;
    }
    return param != NULL && param->key != NULL;
}

static int parse_policy(struct verify_vector *vector, const char *text)
{
    struct spec_list *list = malloc(sizeof *list);
    char why[1024];
    if (list == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    list->count = 0;
    const bool good = spec_parse(list, text, why, sizeof why) && list->count == 1;
    if (good) {
        vector->spec = list->items[0];
    } else {
        verify_bad(vector, "%s", list->count > 1 ? "one policy at a time" : why);
    }
    free(list);
    return good ? CLI_DONE : CLI_BAD_INPUT;
}

/* Parses `text`, with `key`=`value` behind it where the policy has that parameter and `text` does not set it. */
static int set_policy(struct verify_vector *vector, const char *spec)
{
    static const struct {
        const char *member, *key;
    } members[] = {{"rt_align_size", ":align="}, {"block_size", ":block="}};
    char text[2 * SPEC_TEXT];
    snprintf(text, sizeof text, "%s", spec);
    int code = parse_policy(vector, text);
    for (size_t i = 0; i < sizeof members / sizeof members[0] && code == CLI_DONE; i++) {
        char key[16];
        int64_t value = 0;
        snprintf(key, sizeof key, "%.*s", (int)strlen(members[i].key) - 2, members[i].key + 1);
        const int got = verify_number(vector, vector->json, members[i].member, 0, UINT32_MAX, &value);
        if (got < 0) {
            return CLI_BAD_INPUT;
        }
        if (got == 1 && has_param(&vector->spec, key) && strstr(text, members[i].key) == NULL) {
            const size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%" PRId64, members[i].key, value);
            code = parse_policy(vector, text);
        }
    }
    return code;
}

/* "V10.4.3 …" or "0.6.0 …": the version goes to a policy whose parameter it is; a commit does not. */
static int set_version(struct verify_vector *vector)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(vector->json, "version");
    const char *version = cJSON_IsString(member) ? member->valuestring : "";
    version += *version == 'V' || *version == 'v';
    const size_t length = strspn(version, "0123456789."), major = strspn(version, "0123456789");
    const struct heap_param *params = vector->spec.options.policy->inspect->params;
    for (uint32_t i = 0; major != 0 && length > major && params != NULL && params[i].key != NULL; i++) {
        if (params[i].since && vector->spec.options.params[i] == 0) {
            char text[2 * SPEC_TEXT];
            snprintf(text, sizeof text, "%s:%s=%.*s", vector->spec.text, params[i].key, (int)length, version);
            return parse_policy(vector, text);
        }
    }
    return CLI_DONE;
}

static int find_policy(struct verify_vector *vector, const char *policy)
{
    const cJSON *allocator = cJSON_GetObjectItemCaseSensitive(vector->json, "allocator");
    const char *spec = policy != NULL ? policy : spec_of_file(vector->path);
    if (cJSON_GetObjectItemCaseSensitive(vector->json, "heaps") != NULL) {
        return verify_bad(vector, "it is of several heaps: write one for each, with heaplab replay --heap NAME --offsets FILE");
    }
    if (spec == NULL && !cJSON_IsString(allocator)) {
        return verify_bad(vector, "neither its name nor a member 'allocator' says which allocator this is");
    }
    spec = spec != NULL ? spec : spec_of_allocator(allocator->valuestring);
    const int code = strlen(spec) < SPEC_TEXT ? set_policy(vector, spec) : verify_bad(vector, "unknown allocator '%s'", spec);
    return code == CLI_DONE && policy == NULL ? set_version(vector) : code;
}

/* ---- the memory ---- */

static int take_regions(struct verify_vector *vector)
{
    struct lane_options *options = &vector->spec.options;
    const cJSON *regions = cJSON_GetObjectItemCaseSensitive(vector->json, "regions"), *region = NULL;
    if (regions == NULL) {
        return CLI_DONE;
    }
    const int count = cJSON_IsArray(regions) ? cJSON_GetArraySize(regions) : 0;
    if (count < 1 || count > LANE_MAX_REGIONS) {
        return verify_bad(vector, "regions: expected a list of 1 to %d", LANE_MAX_REGIONS);
    }
    uint64_t total = 0;
    cJSON_ArrayForEach(region, regions) {
        int64_t offset = 0, size = 0;
        if (verify_number(vector, region, "offset", 0, INT32_MAX, &offset) != 1 || verify_number(vector, region, "size", 1, INT32_MAX, &size) != 1) {
            return verify_bad(vector, "regions: each needs offset and size");
        }
        total += (uint64_t)size;
        options->regions[options->region_count++] = (struct lane_region){(uint32_t)offset, (uint32_t)size};
    }
    return total <= INT32_MAX ? CLI_DONE : verify_bad(vector, "regions: together more than 2 GiB");
}

static int take_memory(struct verify_vector *vector)
{
    struct lane_options *options = &vector->spec.options;
    int64_t base = 0, bytes = 0;
    if (verify_number(vector, vector->json, "arena_base", 1, UINT32_MAX, &base) < 0) {
        return CLI_BAD_INPUT;
    }
    const int got = verify_number(vector, vector->json, "arena_bytes", 1, INT32_MAX, &bytes);
    if (got < 0) {
        return CLI_BAD_INPUT;
    }
    options->arena_base = (uint32_t)base;
    options->heap_bytes = (uint32_t)bytes;
    const int code = take_regions(vector);
    return code == CLI_DONE && got == 0 && options->region_count == 0 ? verify_bad(vector, "no member arena_bytes") : code;
}

/* ---- the kinds ---- */

/* Numbers by name; `regions`, if it is there, a list of such objects. */
static int check_statistics(const struct verify_vector *vector)
{
    const cJSON *statistics = cJSON_GetObjectItemCaseSensitive(vector->json, "final_stats"), *member = NULL, *region = NULL;
    bool good = statistics == NULL || cJSON_IsObject(statistics);
    cJSON_ArrayForEach(member, statistics) {
        const cJSON *list = cJSON_IsArray(member) ? member : NULL;
        cJSON_ArrayForEach(region, list) {
            good = good && cJSON_IsObject(region);
        }
    }
    return good ? CLI_DONE : verify_bad(vector, "final_stats: expected an object, lists in it of objects");
}

static int check_offsets(const struct verify_vector *vector)
{
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(vector->json, "offsets"), *entry = NULL;
    uint64_t count = 0;
    if (!cJSON_IsArray(offsets)) {
        return verify_bad(vector, "no member offsets, a list");
    }
    cJSON_ArrayForEach(entry, offsets) {
        count++;
        const double number = cJSON_IsNumber(entry) ? entry->valuedouble : NAN;
        if (!cJSON_IsNull(entry) && (!(number >= -1 && number <= UINT32_MAX) || floor(number) != number)) {
            return verify_bad(vector, "offsets, entry %" PRIu64 ": expected an offset, -1 or null", count);
        }
    }
    return check_statistics(vector);
}

static int find_kind(struct verify_vector *vector)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(vector->json, "format");
    if (format == NULL) {
        vector->kind = VERIFY_PLACEMENTS;
    } else if (!cJSON_IsString(format)) {
        return verify_bad(vector, "format: expected a string");
    } else if (strcmp(format->valuestring, "heaplab-script") == 0) {
        vector->kind = VERIFY_SCRIPT;
    } else if (strcmp(format->valuestring, "mempool-waiters") == 0) {
        vector->kind = VERIFY_WAITERS;
    } else {
        return verify_bad(vector, "format '%s': expected a placement vector (no format), heaplab-script or mempool-waiters%s", format->valuestring,
                          strcmp(format->valuestring, "heaplab-trace") == 0 ? "; this is a trace: it goes behind --trace" : "");
    }
    return CLI_DONE;
}

int verify_open(struct verify_vector *vector, const char *path, const char *policy)
{
    *vector = (struct verify_vector){.path = path};
    int64_t word_bits = 0;
    int code = parse_file(vector);
    code = code == CLI_DONE ? find_kind(vector) : code;
    if (code != CLI_DONE) {
        return code;
    }
    const int got = verify_number(vector, vector->json, "word_bits", 1, 128, &word_bits);
    if (got != 1 || word_bits != 32) {
        return got < 0    ? CLI_BAD_INPUT
               : got == 0 ? verify_bad(vector, "no member word_bits")
                          : verify_bad(vector, "word_bits is %" PRId64 ": the replicas do what 32-bit originals do", word_bits);
    }
    code = find_policy(vector, policy);
    if (code == CLI_DONE && vector->kind != VERIFY_WAITERS) {
        code = take_memory(vector);
    }
    if (code == CLI_DONE && vector->kind == VERIFY_PLACEMENTS) {
        const cJSON *trace = cJSON_GetObjectItemCaseSensitive(vector->json, "trace");
        vector->trace = cJSON_IsString(trace) ? trace->valuestring : NULL;
        code = check_offsets(vector);
    }
    return code;
}

void verify_close(struct verify_vector *vector)
{
    cJSON_Delete(vector->json);
    vector->json = NULL;
}

/* ---- results ---- */

bool verify_note(struct verify_result *result, const char *call, const cJSON *expected, const char *found)
{
    cJSON *value = cJSON_Parse(found);
    const bool same = cJSON_Compare(expected, value, true);
    cJSON_Delete(value);
    result->all++;
    result->agreed += same;
    if (same || result->first.event != 0) {
        return false;
    }
    char *text = cJSON_PrintUnformatted(expected);
    result->first.event = result->all;
    snprintf(result->first.call, VERIFY_TEXT, "%s", call);
    snprintf(result->first.expected, VERIFY_TEXT, "%s", text == NULL ? "?" : text);
    snprintf(result->first.found, VERIFY_TEXT, "%s", found);
    cJSON_free(text);
    return true;
}
