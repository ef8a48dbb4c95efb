/* record_sites.c: groups the callers by module, asks each module's file for symbols and lines, and words the sites.
 *
 * The address looked up is the return address less one: it lies in the call, so a call at a function's end is not taken for the next
 * function's, and a line is the call's. A later module of the log counts before an earlier one on the same addresses (dlclose, dlopen).
 * Sites are sorted by their text: two recordings of one program number them alike, wherever the loader put it. */
#include "record_sites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record_elf.h"
#include "record_lines.h"
#include "trace.h"

struct named_caller { uint32_t slot, module; uint64_t address; char *text; };

static int module_of(const struct record_log *log, uint64_t address)
{
    for (uint32_t i = record_log_modules(log); i-- > 0;) {
        const struct record_module *module = record_log_module(log, i);
        if (address >= module->begin && address < module->end) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_program(const struct record_log *log, const struct record_module *module)
{
    return strncmp(module->path, record_log_header(log)->program, sizeof module->path) == 0;
}

static char *word(const struct record_log *log, const struct record_module *module, const char *function, uint64_t offset,
                  const char *line, uint64_t address)
{
    char text[1024], suffix[160] = "", name[128], symbol[512] = "";
    if (function != NULL) { /* a versioned symbol, fclose@@GLIBC_2.2.5, is a plain one to people */
        snprintf(symbol, sizeof symbol, "%.*s", (int)strcspn(function, "@"), function);
    }
    const char *slash = strrchr(module->path, '/');
    snprintf(name, sizeof name, "%.120s", slash == NULL ? module->path : slash + 1);
    if (!is_program(log, module)) {
        snprintf(suffix, sizeof suffix, " (%s)", name);
    }
    if (line != NULL && symbol[0] != '\0') {
        snprintf(text, sizeof text, "%.400s %.400s%s", line, symbol, suffix);
    } else if (line != NULL) {
        snprintf(text, sizeof text, "%.400s%s", line, suffix);
    } else if (symbol[0] != '\0') {
        snprintf(text, sizeof text, "%.511s+0x%" PRIx64 "%s", symbol, offset, suffix);
    } else {
        snprintf(text, sizeof text, "%s+0x%" PRIx64, name, address);
    }
    for (char *at = text; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~') {
            *at = '?';
        }
    }
    return strdup(text);
}

/* The file with the richest symbols: the separate debug file if it is installed, or the module itself. */
static struct record_elf *open_best(const char *path, char *used, size_t size)
{
    struct record_elf *own = record_elf_open(path);
    snprintf(used, size, "%s", path);
    if (own == NULL || !record_elf_debug_path(own, used, size) || access(used, R_OK) != 0) {
        snprintf(used, size, "%s", path);
        return own;
    }
    struct record_elf *debug = record_elf_open(used);
    if (debug == NULL) {
        snprintf(used, size, "%s", path);
        return own;
    }
    record_elf_close(own);
    return debug;
}

/* Names callers[0 … count - 1], all of one module. */
static bool name_module(const struct record_log *log, struct named_caller *callers, size_t count)
{
    const struct record_module *module = record_log_module(log, callers[0].module);
    char file[RECORD_PATH_BYTES];
    uint64_t *addresses = calloc(count, sizeof *addresses);
    char **lines = calloc(count, sizeof *lines);
    struct record_elf *elf = NULL;
    bool whole = addresses != NULL && lines != NULL;
    if (whole && memchr(module->path, '\0', sizeof module->path) != NULL) {
        elf = open_best(module->path, file, sizeof file);
    }
    for (size_t i = 0; whole && i < count; i++) {
        addresses[i] = callers[i].address - module->base;
    }
    if (elf != NULL && whole) {
        whole = record_elf_load_symbols(elf);
        if (record_elf_has_lines(elf)) {
            record_lines_find(file, addresses, count, lines);
        }
    }
    for (size_t i = 0; whole && i < count; i++) {
        uint64_t offset = 0;
        const char *symbol = elf == NULL ? NULL : record_elf_symbol(elf, addresses[i], &offset);
        callers[i].text = word(log, module, symbol, offset + 1, lines[i], addresses[i] + 1);
        whole = callers[i].text != NULL;
    }
    for (size_t i = 0; lines != NULL && i < count; i++) {
        free(lines[i]);
    }
    record_elf_close(elf);
    free(lines);
    free(addresses);
    return whole;
}

static int by_module(const void *a, const void *b)
{
    const struct named_caller *x = a, *y = b;
    return x->module == y->module ? 0 : x->module < y->module ? -1 : 1;
}

static int by_text(const void *a, const void *b)
{
    const struct named_caller *x = a, *y = b;
    return strcmp(x->text, y->text);
}

static bool name_all(const struct record_log *log, struct named_caller *callers, size_t count)
{
    qsort(callers, count, sizeof *callers, by_module);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && callers[end].module == callers[first].module; end++) {
            ;
        }
        if (!name_module(log, callers + first, end - first)) {
            return false;
        }
    }
    return true;
}

static bool add_sites(struct trace_header *header, struct named_caller *callers, size_t count, uint32_t *sites)
{
    qsort(callers, count, sizeof *callers, by_text);
    uint32_t site = TRACE_NO_SITE;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(callers[i].text, callers[i - 1].text) != 0) {
            site = trace_header_add_site(header, callers[i].text);
        }
        if (site == TRACE_NO_SITE) {
            return false;
        }
        sites[callers[i].slot] = site;
    }
    return true;
}

bool record_sites_name(const struct record_log *log, const bool *used, struct trace_header *header, uint32_t *sites)
{
    struct named_caller *callers = calloc(RECORD_CALLERS, sizeof *callers);
    size_t count = 0;
    if (callers == NULL) {
        return false;
    }
    for (uint32_t slot = 0; slot < RECORD_CALLERS; slot++) {
        uint64_t caller = used[slot] ? record_log_caller(log, slot) : 0;
        int module = caller == 0 ? -1 : module_of(log, caller - 1);
        sites[slot] = TRACE_NO_SITE;
        if (module >= 0) {
            callers[count++] = (struct named_caller){.slot = slot, .module = (uint32_t)module, .address = caller - 1};
        }
    }
    bool whole = count == 0 || (name_all(log, callers, count) && add_sites(header, callers, count, sites));
    for (size_t i = 0; i < count; i++) {
        free(callers[i].text);
    }
    free(callers);
    return whole;
}
