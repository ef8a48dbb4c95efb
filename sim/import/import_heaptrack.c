/* import_heaptrack.c: heaptrack's raw data, file format version 3 (heaptrack --raw). All numbers are hexadecimal.
 *
 *   v 10400 3                 heaptrack's version, the format's
 *   x 9 /usr/bin/p            the program; X its command line
 *   m 9 /lib/libc.so 7f.. ..  a module, its address, then pairs of offset and size; "m 1 -" begins the list anew; "m 1 x" is the program
 *   t 7f29a417eb9f 0          the next call stack: an instruction, and the stack below it (0: none)
 *   + 18 8 55d997b131d0       a block: bytes, call stack, address
 *   - 55d997b131d0            its end
 *   c 4                       milliseconds since the start
 *   R, I, S, A                memory, pages, suppressions, "attached later"
 * The call site is the innermost instruction, told as its module and the offset there. The interpreted form (heaptrack's default) numbers
 * the blocks by size and call stack and has no addresses: it is refused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"

#define MODULES_MAX 1024

struct module { uint64_t begin, end, base; char name[64]; };

struct stack { uint64_t instruction; uint32_t site; }; /* site: plus one; 0: not looked up yet */

struct heaptrack {
    struct module modules[MODULES_MAX];
    uint32_t module_count;
    struct stack *stacks;
    uint64_t stack_count, stack_room;
    char program[64];
};

static bool detect(struct import_scan text, bool whole)
{
    struct import_scan line;
    uint64_t tool, format;
    return import_each_line(&text, whole, &line) && import_scan_text(&line, "v ") && import_scan_hex(&line, &tool) &&
           import_scan_text(&line, " ") && import_scan_hex(&line, &format) && import_scan_done(&line);
}

/* A space and a number. */
static bool next_hex(struct import_scan *line, uint64_t *value)
{
    struct import_scan behind = *line;
    import_scan_space(&behind);
    if (!import_scan_hex(&behind, value)) {
        return false;
    }
    *line = behind;
    return true;
}

static void base_name(char *out, size_t size, const struct import_scan *path)
{
    const char *name = path->end;
    while (name > path->at && name[-1] != '/') {
        name--;
    }
    snprintf(out, size, "%.*s", (int)(path->end - name), name);
}

/* "LEN TEXT". */
static bool next_text(struct import_scan *line, struct import_scan *text)
{
    uint64_t bytes;
    if (!next_hex(line, &bytes) || !import_scan_text(line, " ") || bytes > (uint64_t)(line->end - line->at)) {
        return false;
    }
    *text = (struct import_scan){line->at, line->at + bytes};
    line->at += bytes;
    return true;
}

static int read_version(struct import *import, struct import_scan *line)
{
    uint64_t tool = 0, format = 0;
    char found[48];
    if (!next_hex(line, &tool) || !next_hex(line, &format)) {
        return import_bad(import, line, "heaptrack's version and the format's");
    }
    import_time(import, 0);
    snprintf(found, sizeof found, "heaptrack's file format %" PRIu64, format);
    return format == 3 ? 0 : import_stop(import, TRACE_E_VERSION, "3 (heaptrack 1.4 and later)", found);
}

static int read_program(struct import *import, struct import_scan *line)
{
    struct heaptrack *heaptrack = import->state;
    struct import_scan path;
    if (!next_text(line, &path)) {
        return import_bad(import, line, "the length of a path, and the path");
    }
    base_name(heaptrack->program, sizeof heaptrack->program, &path);
    import_name(import, heaptrack->program, strlen(heaptrack->program));
    return 0;
}

static int read_module(struct import *import, struct import_scan *line)
{
    struct heaptrack *heaptrack = import->state;
    struct import_scan path;
    uint64_t offset, bytes;
    struct module module = {0};
    if (!next_text(line, &path)) {
        return import_bad(import, line, "the length of a name, and the name");
    }
    if (import_scan_is(&path, "-")) {
        heaptrack->module_count = 0;
        return 0;
    }
    if (!next_hex(line, &module.base)) {
        return import_bad(import, line, "the module's address");
    }
    module.begin = UINT64_MAX;
    while (next_hex(line, &offset) && next_hex(line, &bytes)) {
        const uint64_t begin = module.base + offset, end = begin + bytes;
        module.begin = begin < module.begin ? begin : module.begin;
        module.end = end > module.end ? end : module.end;
    }
    if (import_scan_is(&path, "x")) {
        snprintf(module.name, sizeof module.name, "%s", heaptrack->program);
    } else {
        base_name(module.name, sizeof module.name, &path);
    }
    if (heaptrack->module_count < MODULES_MAX) {
        heaptrack->modules[heaptrack->module_count++] = module;
    }
    return import_scan_done(line) ? 0 : import_bad(import, line, "pairs of offset and size");
}

static int read_stack(struct import *import, struct import_scan *line)
{
    struct heaptrack *heaptrack = import->state;
    uint64_t instruction = 0, below = 0;
    if (!next_hex(line, &instruction) || !next_hex(line, &below) || !import_scan_done(line)) {
        return import_bad(import, line, "an instruction and the number of the call stack below it");
    }
    if (heaptrack->stack_count == heaptrack->stack_room) {
        const uint64_t room = heaptrack->stack_room ? heaptrack->stack_room * 2 : 256;
        struct stack *larger = realloc(heaptrack->stacks, room * sizeof *larger);
        if (!larger) {
            return import_stop(import, TRACE_E_MEMORY, "", "no memory for the call stacks");
        }
        heaptrack->stacks = larger;
        heaptrack->stack_room = room;
    }
    heaptrack->stacks[heaptrack->stack_count++] = (struct stack){.instruction = instruction};
    return 0;
}

static uint32_t site_of(struct import *import, uint64_t number)
{
    struct heaptrack *heaptrack = import->state;
    char text[100];
    if (number == 0 || number > heaptrack->stack_count) {
        return TRACE_NO_SITE;
    }
    struct stack *stack = &heaptrack->stacks[number - 1];
    if (stack->site) {
        return stack->site - 1;
    }
    snprintf(text, sizeof text, "0x%" PRIx64, stack->instruction);
    for (uint32_t i = 0; i < heaptrack->module_count; i++) {
        const struct module *module = &heaptrack->modules[i];
        if (stack->instruction >= module->begin && stack->instruction < module->end) {
            snprintf(text, sizeof text, "%s+0x%" PRIx64, module->name, stack->instruction - module->base);
            break;
        }
    }
    const uint32_t site = import_site(import, text, strlen(text));
    stack->site = site + 1;
    return site;
}

static int read_block(struct import *import, struct import_scan *line)
{
    const struct heaptrack *heaptrack = import->state;
    uint64_t bytes = 0, stack = 0, address = 0;
    if (!next_hex(line, &bytes)) {
        return import_bad(import, line, "a size, a call stack and an address");
    }
    if (!next_hex(line, &stack) && import_scan_done(line) && !import->cut) {
        return import_stop(import, TRACE_E_REFUSED, "the raw form, which has the addresses: heaptrack --raw", "heaptrack's interpreted form");
    }
    struct import_scan at = *line;
    import->tallies[IMPORT_NO_STACK] += stack > heaptrack->stack_count;
    if (!next_hex(&at, &address) || address == 0 || !import_scan_done(&at)) {
        return import_bad(import, &at, "an address");
    }
    import->site = site_of(import, stack);
    return import_alloc(import, address, bytes, 0);
}

static int read_line(struct import *import, struct import_scan *line)
{
    struct import_scan start = *line;
    uint64_t number = 0;
    if (line->at == line->end || *line->at == '#') {
        return 0;
    }
    const char kind = *line->at++;
    if (line->at < line->end && *line->at != ' ') {
        return import_bad(import, &start, "a letter or sign and a space");
    }
    switch (kind) {
    case 'v': return read_version(import, line);
    case 'x': return read_program(import, line);
    case 'm': return read_module(import, line);
    case 't': return read_stack(import, line);
    case '+': return read_block(import, line);
    case '-':
        import->site = TRACE_NO_SITE;
        return next_hex(line, &number) && import_scan_done(line) ? import_free(import, number) : import_bad(import, line, "an address");
    case 'c':
        if (!next_hex(line, &number) || !import_scan_done(line)) {
            return import_bad(import, line, "milliseconds");
        }
        import_time(import, number);
        return 0;
    case 'A':
        import->adds = "the recording began while the program ran";
        return 0;
    case 'X': case 'I': case 'R': case 'S': return 0;
    case 's': case 'i': case 'a':
        return import_stop(import, TRACE_E_REFUSED, "the raw form, which has the addresses: heaptrack --raw", "heaptrack's interpreted form");
    default: return import_bad(import, &start, "one of v x X I m t + - c R S A");
    }
}

static void close_state(void *state)
{
    struct heaptrack *heaptrack = state;
    free(heaptrack->stacks);
}

const struct import_format import_heaptrack = {
    .name = "heaptrack raw data",
    .source = "heaptrack raw data, version 3",
    .time_unit = "ms",
    .loses = "threads, failed calls, reallocs (they appear as a free and an alloc), calloc, alignments; times are those of its timer, some ms apart",
    .state_bytes = sizeof(struct heaptrack),
    .detect = detect,
    .line = read_line,
    .close = close_state,
};
