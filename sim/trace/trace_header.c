/* trace_header.c: the typed view of a header's tree, and headers made by a program; see trace_header.h. */
#include "trace_header.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace_report.h"

static int bad(struct trace_error *error, const char *where, const char *expected, const cJSON *found)
{
    char text[80] = "";
    char *printed = found ? cJSON_PrintUnformatted(found) : NULL;
    if (printed) {
        trace_error_quote(text, sizeof text, printed, strlen(printed));
    }
    cJSON_free(printed);
    return trace_error_set(error, TRACE_E_HEADER, expected, "%s: %s", where, found ? text : "nothing");
}

/* An integer member `name` of `object`; *value keeps its default if there is none. */
static int view_integer(const cJSON *object, const char *name, double least, double most, double *value, struct trace_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item) {
        return 0;
    }
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least && item->valuedouble <= most) ||
        item->valuedouble != (double)(int64_t)item->valuedouble) {
        return bad(error, name, "an integer in range", item);
        }
    *value = item->valuedouble;
    return 0;
}

static int view_string(const cJSON *object, const char *name, const char **value, struct trace_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item) {
        return 0;
    }
    if (!cJSON_IsString(item)) {
        return bad(error, name, "a string", item);
    }
    *value = item->valuestring;
    return 0;
}

static int view_meta(struct trace_header *header, const cJSON *meta, struct trace_error *error)
{
    if (!cJSON_IsObject(meta)) {
        return bad(error, "meta", "an object", meta);
    }
    double bits = header->word_bits;
    int code = view_string(meta, "name", &header->name, error);
    if (!code) {
        code = view_string(meta, "source", &header->source, error);
    }
    if (!code) {
        code = view_string(meta, "note", &header->note, error);
    }
    if (!code) {
        code = view_string(meta, "time_unit", &header->time_unit, error);
    }
    if (!code) {
        code = view_integer(meta, "word_bits", 1, 1024, &bits, error);
    }
    header->word_bits = (uint32_t)bits;
    return code;
}

static int view_site(void *to, const cJSON *item, struct trace_error *error)
{
    const char **site = to;
    if (!cJSON_IsString(item)) {
        return bad(error, "sites", "strings", item);
    }
    *site = item->valuestring;
    return 0;
}

static int view_thread(void *to, const cJSON *item, struct trace_error *error)
{
    struct trace_thread *thread = to;
    *thread = (struct trace_thread){.name = ""};
    if (cJSON_IsString(item)) {
        thread->name = item->valuestring;
        return 0;
    }
    if (!cJSON_IsObject(item)) {
        return bad(error, "threads", "strings or objects with name and priority", item);
    }
    double priority = 0;
    int code = view_string(item, "name", &thread->name, error);
    if (!code) {
        code = view_integer(item, "priority", INT32_MIN, INT32_MAX, &priority, error);
    }
    thread->priority = (int32_t)priority;
    return code;
}

static int view_heap(void *to, const cJSON *item, struct trace_error *error)
{
    struct trace_heap *heap = to;
    *heap = (struct trace_heap){.name = ""};
    if (!cJSON_IsObject(item)) {
        return bad(error, "heaps", "objects with name and pool", item);
    }
    int code = view_string(item, "name", &heap->name, error);
    const cJSON *pool = cJSON_GetObjectItemCaseSensitive(item, "pool");
    if (code || !pool) {
        return code;
    }
    double block = 0, count = 0;
    if (!cJSON_IsObject(pool)) {
        return bad(error, "pool", "an object with block and count", pool);
    }
    code = view_integer(pool, "block", 1, UINT32_MAX, &block, error);
    if (!code) {
        code = view_integer(pool, "count", 1, UINT32_MAX, &count, error);
    }
    if (!code && (block < 1 || count < 1)) {
        code = bad(error, "pool", "block and count", pool);
    }
    heap->pool_block = (uint32_t)block;
    heap->pool_count = (uint32_t)count;
    return code;
}

/* A list's typed array, made anew. */
static int view_list(const cJSON *list, const char *name, size_t item_bytes, int (*view)(void *, const cJSON *, struct trace_error *),
                     const void **array, uint32_t *count, struct trace_error *error)
{
    if (!cJSON_IsArray(list)) {
        return bad(error, name, "an array", list);
    }
    uint32_t length = 0, room = 1;
    for (const cJSON *item = list->child; item; item = item->next) {
        length++;
    }
    while (room < length) {
        room *= 2; /* as room_for_one has it */
    }
    char *items = calloc(room, item_bytes), *at = items;
    if (!items) {
        return trace_error_set(error, TRACE_E_MEMORY, "", "no memory for %s", name);
    }
    int code = 0;
    for (const cJSON *item = list->child; item && !code; item = item->next, at += item_bytes) {
        code = view(at, item, error);
    }
    free((void *)(uintptr_t)*array);
    *array = items;
    *count = code ? 0 : length;
    return code;
}

int trace_header_view(struct trace_header *header, const char *name, struct trace_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(header->json, name);
    const void *array = NULL;
    uint32_t count = 0;
    int code = 0;
    if (strcmp(name, "meta") == 0) {
        code = view_meta(header, item, error);
    } else if (strcmp(name, "sites") == 0) {
        code = view_list(item, name, sizeof *header->sites, view_site, &array, &count, error);
        header->sites = array;
        header->site_count = count;
    } else if (strcmp(name, "threads") == 0) {
        code = view_list(item, name, sizeof *header->threads, view_thread, &array, &count, error);
        header->threads = array;
        header->thread_count = count;
    } else if (strcmp(name, "heaps") == 0) {
        code = view_list(item, name, sizeof *header->heaps, view_heap, &array, &count, error);
        header->heaps = array;
        header->heap_count = count;
    } else if (strcmp(name, "format") == 0) {
        if (!cJSON_IsString(item) || strcmp(item->valuestring, "heaplab-trace") != 0) {
            code = bad(error, "format", "\"heaplab-trace\"", item);
            error->code = code = TRACE_E_FORMAT;
        }
    } else if (strcmp(name, "version") == 0) {
        if (!cJSON_IsNumber(item) || item->valuedouble != 1) {
            code = bad(error, "version", "1", item);
            error->code = code = TRACE_E_VERSION;
        }
    }
    return code;
}

/* "no format among name, sites": what a file that is no trace does have. */
static int absent(const struct trace_header *header, const char *name, int code, const char *expected, struct trace_error *error)
{
    char found[120] = "";
    size_t length = 0;
    const cJSON *tree = header->json;
    for (const cJSON *item = tree->child; item && length < 80; item = item->next) {
        trace_error_quote(found + length, sizeof found - length < 40 ? sizeof found - length : 40, item->string, strlen(item->string));
        length = strlen(found);
        if (item->next && length < 80) {
            memcpy(found + length, ", ", 3);
            length += 2;
        }
    }
    return trace_error_set(error, code, expected, "no \"%s\" among the members %s", name, tree->child ? found : "(there are none)");
}

int trace_header_check(const struct trace_header *header, struct trace_error *error)
{
    if (!cJSON_GetObjectItemCaseSensitive(header->json, "format")) {
        return absent(header, "format", TRACE_E_FORMAT, "\"format\": \"heaplab-trace\"", error);
    }
    if (!cJSON_GetObjectItemCaseSensitive(header->json, "version")) {
        return absent(header, "version", TRACE_E_VERSION, "\"version\": 1", error);
    }
    return 0;
}

struct trace_header *trace_header_copy(const struct trace_header *header)
{
    struct trace_header *copy = calloc(1, sizeof *copy);
    struct trace_error ignored = {0};
    cJSON *tree = copy ? cJSON_Duplicate(header->json, 1) : NULL;
    if (!tree) {
        free(copy);
        return NULL;
    }
    copy->json = tree;
    for (const cJSON *item = tree->child; item; item = item->next) {
        if (trace_header_view(copy, item->string, &ignored) == TRACE_E_MEMORY) {
            trace_header_free(copy);
            return NULL;
        }
    }
    return copy;
}

void trace_header_free(struct trace_header *header)
{
    if (!header) {
        return;
    }
    cJSON_Delete(header->json);
    free((void *)(uintptr_t)header->sites);
    free((void *)(uintptr_t)header->threads);
    free((void *)(uintptr_t)header->heaps);
    free(header);
}

static bool add_text(cJSON *meta, const char *name, const char *text)
{
    return !text || cJSON_AddStringToObject(meta, name, text);
}

struct trace_header *trace_header_new(const char *name, const char *source, const char *note, const char *time_unit, uint32_t word_bits)
{
    struct trace_header *header = calloc(1, sizeof *header);
    cJSON *tree = cJSON_CreateObject();
    struct trace_error ignored = {0};
    if (header) {
        header->json = tree;
    }
    bool made = header && tree && cJSON_AddStringToObject(tree, "format", "heaplab-trace") && cJSON_AddNumberToObject(tree, "version", 1);
    cJSON *meta = made ? cJSON_AddObjectToObject(tree, "meta") : NULL;
    made = meta && add_text(meta, "name", name) && add_text(meta, "source", source) && add_text(meta, "note", note) &&
           add_text(meta, "time_unit", time_unit) && (!word_bits || cJSON_AddNumberToObject(meta, "word_bits", word_bits)) &&
           trace_header_view(header, "meta", &ignored) == 0;
    if (made) {
        return header;
    }
    if (!header) {
        cJSON_Delete(tree);
    }
    trace_header_free(header);
    return NULL;
}

/* Appends a string to list `name` of the tree; NULL without memory. */
static const char *append_to_tree(struct trace_header *header, const char *name, const char *text)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(header->json, name);
    if (!list) {
        list = cJSON_AddArrayToObject(header->json, name);
    }
    cJSON *item = list ? cJSON_CreateString(text) : NULL;
    if (!item || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return NULL;
    }
    return item->valuestring;
}

/* The array with room for one more; it doubles at the powers of two. */
static void *room_for_one(const void *array, uint32_t count, size_t item_bytes)
{
    if (count & (count - 1)) {
        return (void *)(uintptr_t)array;
    }
    return realloc((void *)(uintptr_t)array, (count ? (size_t)count * 2 : 1) * item_bytes);
}

uint32_t trace_header_add_site(struct trace_header *header, const char *text)
{
    const char **sites = room_for_one(header->sites, header->site_count, sizeof *sites);
    if (!sites) {
        return TRACE_NO_SITE;
    }
    header->sites = sites;
    sites[header->site_count] = append_to_tree(header, "sites", text);
    return sites[header->site_count] ? header->site_count++ : TRACE_NO_SITE;
}

uint32_t trace_header_add_thread(struct trace_header *header, const char *name)
{
    struct trace_thread *threads = room_for_one(header->threads, header->thread_count, sizeof *threads);
    if (!threads) {
        return UINT32_MAX;
    }
    header->threads = threads;
    threads[header->thread_count] = (struct trace_thread){.name = append_to_tree(header, "threads", name)};
    return threads[header->thread_count].name ? header->thread_count++ : UINT32_MAX;
}

uint32_t trace_header_add_heap(struct trace_header *header, const char *name)
{
    struct trace_heap *heaps = room_for_one(header->heaps, header->heap_count, sizeof *heaps);
    if (!heaps) {
        return UINT32_MAX;
    }
    header->heaps = heaps;
    cJSON *list = cJSON_GetObjectItemCaseSensitive(header->json, "heaps");
    if (!list) {
        list = cJSON_AddArrayToObject(header->json, "heaps");
    }
    cJSON *item = list ? cJSON_CreateObject() : NULL;
    const cJSON *text = item ? cJSON_AddStringToObject(item, "name", name) : NULL;
    if (!text || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return UINT32_MAX;
    }
    heaps[header->heap_count] = (struct trace_heap){.name = text->valuestring};
    return header->heap_count++;
}

/* Puts `item` into meta under `name`, in place of what stood there, and renews the view. */
static bool set_meta(struct trace_header *header, const char *name, cJSON *item)
{
    struct trace_error ignored = {0};
    cJSON *meta = cJSON_GetObjectItemCaseSensitive(header->json, "meta");
    if (!meta) {
        meta = cJSON_AddObjectToObject(header->json, "meta");
    }
    const bool there = meta && cJSON_GetObjectItemCaseSensitive(meta, name);
    const bool put = meta && item && (there ? cJSON_ReplaceItemInObjectCaseSensitive(meta, name, item) : cJSON_AddItemToObject(meta, name, item));
    if (!put) {
        cJSON_Delete(item);
    }
    return put && trace_header_view(header, "meta", &ignored) == 0;
}

bool trace_header_set_note(struct trace_header *header, const char *note)
{
    return set_meta(header, "note", cJSON_CreateString(note));
}

bool trace_header_set_word_bits(struct trace_header *header, uint32_t word_bits)
{
    return set_meta(header, "word_bits", cJSON_CreateNumber(word_bits));
}

bool trace_header_set_name(struct trace_header *header, const char *name)
{
    return set_meta(header, "name", cJSON_CreateString(name));
}
