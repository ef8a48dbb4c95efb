/* import_names.c: the texts of sites, threads and heaps, each once. A hash table of indexes into the header's own lists. */
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"

#define TEXT_BYTES 200
#define HEAPS_MAX 4096

static uint64_t hash_of(const struct import *import, const char *text)
{
    uint64_t hash = import->multiplier;
    for (; *text; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
    }
    return hash ^ hash >> 29;
}

/* The text as it may stand in a trace. */
static void clean(char *out, const char *text, size_t bytes)
{
    size_t length = bytes < TEXT_BYTES ? bytes : TEXT_BYTES;
    memcpy(out, text, length);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)out[i] < ' ') {
            out[i] = '?';
        }
    }
    while (bytes > length && length > TEXT_BYTES - 4 && ((unsigned char)out[length - 1] & 0x80)) {
        length--; /* no letter is cut in two */
    }
    if (!json_is_utf8(out, length)) {
        for (size_t i = 0; i < length; i++) {
            out[i] = (unsigned char)out[i] < 0x80 ? out[i] : '?';
        }
    }
    out[length] = '\0';
}

static const char *site_text(const struct trace_header *header, uint32_t index) { return header->sites[index]; }
static const char *thread_text(const struct trace_header *header, uint32_t index) { return header->threads[index].name; }

struct list {
    struct import_names *names;
    const char *(*text)(const struct trace_header *header, uint32_t index);
    uint32_t (*add)(struct trace_header *header, const char *text);
    uint32_t count;
};

/* Room for one more, at most half full. */
static bool grow(const struct import *import, const struct list *list)
{
    struct import_names *names = list->names;
    if (names->cells && list->count * 2 <= names->mask) {
        return true;
    }
    const size_t mask = names->cells ? names->mask * 2 + 1 : 63;
    uint32_t *cells = calloc(mask + 1, sizeof *cells);
    if (!cells) {
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        size_t at = hash_of(import, list->text(import->header, i)) & mask;
        while (cells[at]) {
            at = (at + 1) & mask;
        }
        cells[at] = i + 1;
    }
    free(names->cells);
    *names = (struct import_names){cells, mask};
    return true;
}

/* The text's index; UINT32_MAX where the list is full. */
static uint32_t enter(struct import *import, const struct list *list, const char *text, size_t bytes)
{
    char cleaned[TEXT_BYTES + 1];
    clean(cleaned, text, bytes);
    if (!grow(import, list)) {
        return UINT32_MAX;
    }
    size_t at = hash_of(import, cleaned) & list->names->mask;
    for (; list->names->cells[at]; at = (at + 1) & list->names->mask) {
        const uint32_t index = list->names->cells[at] - 1;
        if (strcmp(list->text(import->header, index), cleaned) == 0) {
            return index;
        }
    }
    const uint32_t index = list->count < IMPORT_NAMES_MAX ? list->add(import->header, cleaned) : UINT32_MAX;
    if (index != UINT32_MAX) {
        list->names->cells[at] = index + 1;
    }
    return index;
}

/* The reader's rules know the list as far as it goes. */
static uint32_t known(struct import *import, uint32_t index, uint32_t instead, uint32_t *count)
{
    if (index == UINT32_MAX) {
        import->tallies[IMPORT_NAMES_LOST]++;
        return instead;
    }
    *count = *count > index ? *count : index + 1;
    return index;
}

uint32_t import_site(struct import *import, const char *text, size_t bytes)
{
    const struct list list = {&import->sites, site_text, trace_header_add_site, import->header->site_count};
    return known(import, enter(import, &list, text, bytes), TRACE_NO_SITE, &import->reader->meaning.site_count);
}

uint32_t import_thread(struct import *import, const char *text, size_t bytes)
{
    const struct list list = {&import->threads, thread_text, trace_header_add_thread, import->header->thread_count};
    return known(import, enter(import, &list, text, bytes), 0, &import->reader->meaning.thread_count);
}

uint32_t import_heap(struct import *import, const char *text, size_t bytes)
{
    char cleaned[TEXT_BYTES + 1];
    clean(cleaned, text, bytes);
    uint32_t index = 0;
    while (index < import->header->heap_count && strcmp(import->header->heaps[index].name, cleaned) != 0) {
        index++;
    }
    if (index == import->header->heap_count) {
        index = index < HEAPS_MAX ? trace_header_add_heap(import->header, cleaned) : UINT32_MAX;
    }
    return known(import, index, 0, &import->reader->meaning.heap_count);
}

void import_name(struct import *import, const char *text, size_t bytes)
{
    char cleaned[TEXT_BYTES + 1];
    clean(cleaned, text, bytes);
    trace_header_set_name(import->header, cleaned);
}
