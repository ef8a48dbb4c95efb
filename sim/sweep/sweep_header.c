/* sweep_header.c: the lines of a results file: their checksum, and the first one, which says which sweep it is. See sweep_points.h. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sweep_points.h"

#define FORMAT "heaplab-sweep"
static const char seal[] = ",\"crc\":\"00000000\"}\n";
#define SEAL_BYTES (sizeof seal - 1)

/* ---- lines ---- */

void sweep_put_string(FILE *to, const char *text)
{
    putc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            putc('\\', to);
        }
        if ((unsigned char)*text < 0x20) {
            fprintf(to, "\\u%04x", (unsigned)*text);
        } else {
            putc(*text, to);
        }
    }
    putc('"', to);
}

char *sweep_line_seal(char *line)
{
    const size_t length = strlen(line);
    char *longer = realloc(line, length + sizeof seal);
    if (longer == NULL) {
        free(line);
        return NULL;
    }
    const unsigned crc = (unsigned)crc32(0, (const Bytef *)longer, (uInt)length);
    snprintf(longer + length, sizeof seal, ",\"crc\":\"%08x\"}\n", crc);
    return longer;
}

bool sweep_line_is_sound(const char *line, size_t length)
{
    char expected[sizeof seal];
    if (length <= SEAL_BYTES || length > UINT32_MAX) {
        return false;
    }
    const unsigned crc = (unsigned)crc32(0, (const Bytef *)line, (uInt)(length - SEAL_BYTES));
    snprintf(expected, sizeof expected, ",\"crc\":\"%08x\"}\n", crc);
    return memcmp(line + length - SEAL_BYTES, expected, SEAL_BYTES) == 0;
}

/* ---- the header ---- */

char *sweep_points_header(const struct sweep_points *points)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) {
        return NULL;
    }
    fprintf(to, "{\"format\":\"" FORMAT "\",\"version\":%d,\"program\":", SWEEP_VERSION);
    sweep_put_string(to, points->program);
    fprintf(to, ",\"points\":%zu,\"min_heap\":%s,\"safe_heap\":%s,\"lenient\":%s,\"arena_base\":%" PRIu32 ",\"traces\":[", points->count,
            points->min_heap ? "true" : "false", points->safe_heap ? "true" : "false", points->lenient ? "true" : "false", points->arena_base);
    for (size_t i = 0; i < points->trace_count; i++) {
        const struct sweep_trace *trace = &points->traces[i];
        fputs(i == 0 ? "{\"trace\":" : ",{\"trace\":", to);
        sweep_put_string(to, trace->path);
        fprintf(to, ",\"hash\":\"%016" PRIx64 "\",\"events\":%" PRIu64 ",\"lower_bound_bytes\":%" PRIu64 "}", trace->hash, trace->events,
                trace->peak_payload_bytes);
    }
    fputs("],\"policies\":[", to);
    for (size_t i = 0; i < points->policy_count; i++) {
        fputs(i == 0 ? "" : ",", to);
        sweep_put_string(to, points->policies[i]);
    }
    fputs("],\"sizes\":[", to);
    for (size_t i = 0; i < points->size_count; i++) {
        fputs(i == 0 ? "" : ",", to);
        sweep_put_string(to, points->sizes[i].text);
    }
    putc(']', to);
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return sweep_line_seal(text);
}

static uint64_t number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= 9007199254740992.0 ? (uint64_t)item->valuedouble : 0;
}

static const char *text_of(const cJSON *item)
{
    return cJSON_IsString(item) ? item->valuestring : "";
}

static bool is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* The lists; false without memory or where one is missing or a size is none. */
static bool take_lists(struct sweep_points *points, const cJSON *json)
{
    const cJSON *traces = cJSON_GetObjectItemCaseSensitive(json, "traces"), *policies = cJSON_GetObjectItemCaseSensitive(json, "policies");
    const cJSON *sizes = cJSON_GetObjectItemCaseSensitive(json, "sizes"), *item = NULL;
    if (!cJSON_IsArray(traces) || !cJSON_IsArray(policies) || !cJSON_IsArray(sizes)) {
        return false;
    }
    points->traces = calloc((size_t)cJSON_GetArraySize(traces) + 1, sizeof *points->traces);
    points->policies = calloc((size_t)cJSON_GetArraySize(policies) + 1, sizeof *points->policies);
    points->sizes = calloc((size_t)cJSON_GetArraySize(sizes) + 1, sizeof *points->sizes);
    bool ok = points->traces != NULL && points->policies != NULL && points->sizes != NULL;
    for (item = ok ? traces->child : NULL; item != NULL && ok; item = item->next) {
        struct sweep_trace *trace = &points->traces[points->trace_count++];
        *trace = (struct sweep_trace){strdup(text_of(cJSON_GetObjectItemCaseSensitive(item, "trace"))),
                                      strtoull(text_of(cJSON_GetObjectItemCaseSensitive(item, "hash")), NULL, 16), number_of(item, "events"),
                                      number_of(item, "lower_bound_bytes")};
        ok = trace->path != NULL;
    }
    for (item = ok ? policies->child : NULL; item != NULL; item = item->next) {
        snprintf(points->policies[points->policy_count++], SPEC_TEXT, "%s", text_of(item));
    }
    for (item = ok ? sizes->child : NULL; item != NULL && ok; item = item->next) {
        ok = sweep_size_parse(text_of(item), &points->sizes[points->size_count++]);
    }
    return ok;
}

bool sweep_points_of_header(struct sweep_points *points, const char *line, const char *path, struct sweep_error *error)
{
    *points = (struct sweep_points){0};
    cJSON *json = sweep_line_is_sound(line, strlen(line)) ? cJSON_Parse(line) : NULL;
    if (json == NULL || strcmp(text_of(cJSON_GetObjectItemCaseSensitive(json, "format")), FORMAT) != 0) {
        cJSON_Delete(json);
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s:1: found no head line of a sweep's results, expected {\"format\":\"" FORMAT "\", … with its "
                          "checksum", path);
    }
    const uint64_t version = number_of(json, "version"), count = number_of(json, "points");
    if (version != SWEEP_VERSION) {
        cJSON_Delete(json);
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s:1: found version %" PRIu64 " of the format, expected %d", path, version, SWEEP_VERSION);
    }
    points->min_heap = is_true(json, "min_heap");
    points->safe_heap = is_true(json, "safe_heap");
    points->lenient = is_true(json, "lenient");
    points->arena_base = (uint32_t)number_of(json, "arena_base");
    points->program = strdup(text_of(cJSON_GetObjectItemCaseSensitive(json, "program")));
    const bool taken = points->program != NULL && take_lists(points, json);
    cJSON_Delete(json);
    if (!taken) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s:1: cannot take the traces, policies and sizes from this line", path);
    }
    if (!sweep_points_make(points, error)) {
        return false;
    }
    return points->count == count || sweep_fail(error, SWEEP_BAD_INPUT,
                                                "%s:1: found %" PRIu64 " points, expected %zu of these traces, policies and "
                                                    "sizes", path, count, points->count);
}

/* ---- differences ---- */

static void print_short(const cJSON *item, char text[240])
{
    char *whole = item == NULL ? NULL : cJSON_PrintUnformatted(item);
    snprintf(text, 240, whole != NULL && strlen(whole) > 230 ? "%.227s..." : "%s", whole != NULL ? whole : "nothing");
    cJSON_free(whole);
}

void sweep_header_difference(const char *found, const char *expected, char *text, size_t size)
{
    cJSON *a = cJSON_Parse(found), *b = cJSON_Parse(expected);
    snprintf(text, size, "found another first line than expected");
    for (const cJSON *item = b != NULL ? b->child : NULL; item != NULL; item = item->next) {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(a, item->string), *mine = item;
        if (cJSON_Compare(other, mine, true) || strcmp(item->string, "points") == 0) {
            continue; /* how many points there are follows from the rest */
        }
        char found_text[240], expected_text[240];
        if (cJSON_IsArray(other) && cJSON_IsArray(mine)) {
            for (other = other->child, mine = mine->child; other != NULL && mine != NULL && cJSON_Compare(other, mine, true);) {
                other = other->next;
                mine = mine->next;
            }
        }
        print_short(other, found_text);
        print_short(mine, expected_text);
        snprintf(text, size, "%s: found %s, expected %s", item->string, found_text, expected_text);
        break;
    }
    cJSON_Delete(a);
    cJSON_Delete(b);
}
