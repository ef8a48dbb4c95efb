/* trace_header_json.c: header members from the tokenizer into the header's tree, with duplicates found and sizes capped. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "trace_header.h"
#include "trace_report.h"

struct trace_header_name {
    const cJSON *object; /* NULL: empty */
    const char *name;
};

bool trace_header_reader_open(struct trace_header_reader *reader, struct json *json)
{
    *reader = (struct trace_header_reader){.json = json, .name_mask = 63};
    if (getrandom(&reader->multiplier, sizeof reader->multiplier, GRND_NONBLOCK) < 0) {
        reader->multiplier = (uint64_t)(uintptr_t)reader;
    }
    reader->multiplier |= 1;
    reader->names = calloc(reader->name_mask + 1, sizeof *reader->names);
    reader->header = calloc(1, sizeof *reader->header);
    if (reader->header) {
        reader->header->json = cJSON_CreateObject();
    }
    if (reader->names && reader->header && reader->header->json) {
        return true;
    }
    trace_header_reader_close(reader);
    return false;
}

void trace_header_reader_close(struct trace_header_reader *reader)
{
    trace_header_free(reader->header);
    free(reader->names);
    reader->header = NULL;
    reader->names = NULL;
}

static struct trace_header_name *find_name(const struct trace_header_reader *reader, const cJSON *object, const char *name)
{
    uint64_t hash = (uint64_t)(uintptr_t)object * reader->multiplier;
    for (const char *at = name; *at; at++) {
        hash = (hash ^ (hash >> 32) ^ (unsigned char)*at) * reader->multiplier;
    }
    size_t at = (size_t)(hash >> 32) & reader->name_mask;
    while (reader->names[at].object && (reader->names[at].object != object || strcmp(reader->names[at].name, name) != 0)) {
        at = (at + 1) & reader->name_mask;
    }
    return &reader->names[at];
}

static bool grow_names(struct trace_header_reader *reader)
{
    struct trace_header_reader larger = *reader;
    larger.name_mask = reader->name_mask * 2 + 1;
    larger.names = calloc(larger.name_mask + 1, sizeof *larger.names);
    if (!larger.names) {
        return false;
    }
    for (size_t i = 0; i <= reader->name_mask; i++) {
        if (reader->names[i].object) {
            *find_name(&larger, reader->names[i].object, reader->names[i].name) = reader->names[i];
        }
    }
    free(reader->names);
    *reader = larger;
    return true;
}

static int no_memory(struct trace_header_reader *reader)
{
    return json_fail(reader->json, TRACE_E_MEMORY, "", "no memory for the header");
}

/* The token's text as a C string of our own; NULL on an error, which is reported. */
static char *copy_text(struct trace_header_reader *reader)
{
    struct json *json = reader->json;
    if (strlen(json->text) != json->length) {
        json_fail(json, TRACE_E_HEADER, "text without U+0000", "U+0000 in a string");
        return NULL;
    }
    char *copy = cJSON_malloc(json->length + 1);
    if (copy) {
        memcpy(copy, json->text, json->length + 1);
    } else {
        no_memory(reader);
    }
    return copy;
}

/* A number item; where a double would lose digits, the text itself. */
static cJSON *number_item(const char *text, size_t length)
{
    bool exact = strspn(text, "-0123456789") == length ? length <= 15 : strcspn(text, "eE") == length && length <= 16;
    return exact ? cJSON_ParseWithLength(text, length) : cJSON_CreateRaw(text);
}

static bool within_caps(struct trace_header_reader *reader)
{
    reader->items++;
    reader->text_bytes += reader->json->length;
    if (reader->items <= TRACE_HEADER_ITEMS_MAX && reader->text_bytes <= TRACE_HEADER_TEXT_MAX) {
        return true;
    }
    json_fail(reader->json, TRACE_E_CAP, "at most 2^20 values and 64 MiB in the header's members (the cap on headers)", "more");
    return false;
}

static cJSON *read_value(struct trace_header_reader *reader, enum json_token token);

/* Takes `name`; joins the item to an object and notes the name. */
static bool join(struct trace_header_reader *reader, cJSON *object, char *name, cJSON *item)
{
    item->string = name;
    cJSON_AddItemToArray(object, item);
    if (reader->name_count * 2 > reader->name_mask && !grow_names(reader)) {
        no_memory(reader);
        return false;
    }
    *find_name(reader, object, name) = (struct trace_header_name){object, name};
    reader->name_count++;
    return true;
}

/* Behind a KEY: reads the value and joins it under that name. */
static bool read_member(struct trace_header_reader *reader, cJSON *object)
{
    char *name = copy_text(reader);
    if (!name) {
        return false;
    }
    if (find_name(reader, object, name)->object) {
        char found[80];
        json_fail(reader->json, TRACE_E_DUPLICATE, "each member once", trace_error_quote(found, sizeof found, name, strlen(name)));
        cJSON_free(name);
        return false;
    }
    cJSON *item = read_value(reader, json_next(reader->json));
    if (!item) {
        cJSON_free(name);
        return false;
    }
    return join(reader, object, name, item);
}

static bool read_object(struct trace_header_reader *reader, cJSON *object)
{
    for (;;) {
        enum json_token token = json_next(reader->json);
        if (token == JSON_OBJECT_END) {
            return true;
        }
        if (token != JSON_KEY || !within_caps(reader) || !read_member(reader, object)) {
            return false;
        }
    }
}

static bool read_array(struct trace_header_reader *reader, cJSON *array)
{
    for (;;) {
        enum json_token token = json_next(reader->json);
        if (token == JSON_ARRAY_END) {
            return true;
        }
        cJSON *item = read_value(reader, token);
        if (!item) {
            return false;
        }
        cJSON_AddItemToArray(array, item);
    }
}

/* The value that begins with `token`, as a tree; NULL on an error, which is reported. Its depth is the tokenizer's limit. */
static cJSON *read_value(struct trace_header_reader *reader, enum json_token token)
{
    cJSON *item = NULL;
    char *text;
    if (token == JSON_ERROR || !within_caps(reader)) {
        return NULL;
    }
    switch (token) {
    case JSON_STRING:
        text = copy_text(reader);
        if (!text) {
            return NULL;
        }
        item = cJSON_CreateNull();
        if (!item) {
            cJSON_free(text);
            break;
        }
        item->type = cJSON_String;
        item->valuestring = text;
        break;
    case JSON_NUMBER: item = number_item(reader->json->text, reader->json->length); break;
    case JSON_OBJECT: item = cJSON_CreateObject(); break;
    case JSON_ARRAY: item = cJSON_CreateArray(); break;
    case JSON_NULL: item = cJSON_CreateNull(); break;
    default: item = cJSON_CreateBool(token == JSON_TRUE); break;
    }
    if (!item) {
        no_memory(reader);
        return NULL;
    }
    if ((token == JSON_OBJECT && !read_object(reader, item)) || (token == JSON_ARRAY && !read_array(reader, item))) {
        cJSON_Delete(item);
        return NULL;
    }
    return item;
}

int trace_header_read_member(struct trace_header_reader *reader)
{
    struct json *json = reader->json;
    cJSON *tree = reader->header->json;
    uint64_t line = json->line, column = json->column;
    if (!within_caps(reader) || !read_member(reader, tree)) {
        return json->error.code;
    }
    struct trace_error problem = {0};
    int code = trace_header_view(reader->header, tree->child->prev->string, &problem);
    if (!code) {
        return 0;
    }
    json->line = line;
    json->column = column;
    return json_fail(json, code, problem.expected, problem.found);
}
