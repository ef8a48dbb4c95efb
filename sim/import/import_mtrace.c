/* import_mtrace.c: glibc's mtrace(3), also as libc_malloc_debug.so.0 writes it.
 *
 *   = Start
 *   @ ./prog:(main+0x1f)[0x401136] + 0x405690 0x18       malloc, calloc, memalign
 *   @ ./prog:[0x1227] - 0x405690                         free
 *   @ ./prog:[0x123c] < 0x405690                         realloc: the old block, then on the next line
 *   @ ./prog:[0x123c] > 0x4056b0 0xfa0                   the new one
 *   @ ./prog:[0x1298] ! 0x4056b0 0x1000000000000000      a realloc that failed
 *   = End
 * A malloc that failed has (nil). The part between @ and ] is the call site and may be missing.
 */
#include <string.h>

#include "import_internal.h"

struct mtrace {
    bool named;
    bool pending;              /* "<" was read, its ">" not yet */
    struct record_block block; /* ptr 0: not known */
};

/* Passes over "@ SITE " where it stands; *site is empty where not. */
static bool pass_site(struct import_scan *line, struct import_scan *site)
{
    *site = (struct import_scan){line->at, line->at};
    if (!import_scan_text(line, "@ ")) {
        return true;
    }
    site->at = line->at;
    for (const char *at = line->end - 1; at > site->at; at--) {
        if (*at == ' ' && at[-1] == ']' && line->end - at > 2 && memchr("+-<>!", at[1], 5) && at[2] == ' ') {
            site->end = at;
            line->at = at + 1;
            return true;
        }
    }
    return false;
}

static bool looks_right(struct import_scan line)
{
    struct import_scan site;
    uint64_t number;
    if (import_scan_text(&line, "= Start")) {
        return import_scan_done(&line);
    }
    const bool has_site = line.at < line.end && *line.at == '@';
    if (!pass_site(&line, &site) || line.end - line.at < 3 || !memchr("+-<>!", *line.at, 5) || line.at[1] != ' ') {
        return false;
    }
    const bool two = memchr("+>!", *line.at, 3) != NULL;
    line.at += 2;
    struct import_scan number_text = line;
    const bool address = import_scan_text(&number_text, "0x") || import_scan_text(&number_text, "(nil)");
    if (!address || !import_scan_pointer(&line, &number)) {
        return false;
    }
    import_scan_space(&line);
    return (two ? import_scan_number(&line, &number) : has_site) && import_scan_done(&line);
}

static bool detect(struct import_scan text, bool whole)
{
    return import_any_line(text, whole, looks_right);
}

/* "./prog:(main+0x1f)[0x401136]": the program gives the trace its name. */
static void name_after(struct import *import, struct mtrace *mtrace, struct import_scan site)
{
    const char *colon = memchr(site.at, ':', (size_t)(site.end - site.at));
    if (mtrace->named || !colon) {
        return;
    }
    const char *name = colon;
    while (name > site.at && name[-1] != '/') {
        name--;
    }
    import_name(import, name, (size_t)(colon - name));
    mtrace->named = true;
}

static int numbers(struct import *import, struct import_scan *line, uint64_t *address, uint64_t *size)
{
    if (!import_scan_pointer(line, address)) {
        return import_bad(import, line, "an address");
    }
    import_scan_space(line);
    if (size && !import_scan_number(line, size)) {
        return import_bad(import, line, "a size");
    }
    return import_scan_done(line) ? 0 : import_bad(import, line, "the end of the line");
}

static int realloc_began(struct import *import, struct mtrace *mtrace, uint64_t address)
{
    mtrace->block = import_realloc_begin(import, address);
    mtrace->pending = true;
    return 0;
}

static int realloc_ended(struct import *import, struct mtrace *mtrace, uint64_t address, uint64_t size)
{
    mtrace->pending = false;
    if (mtrace->block.ptr) {
        return import_realloc_end(import, &mtrace->block, address, size);
    }
    import->tallies[IMPORT_UNKNOWN_REALLOC]++;
    return import_alloc(import, address, size, 0);
}

static int report(struct import *import, char op, struct import_scan *line)
{
    struct mtrace *mtrace = import->state;
    uint64_t address = 0, size = 0;
    const struct import_scan start = {line->at - 2, line->end};
    const int code = numbers(import, line, &address, op == '-' || op == '<' ? NULL : &size);
    if (code) {
        return code;
    }
    if (mtrace->pending != (op == '>')) {
        const char *expected = mtrace->pending ? "> and the new block of the realloc" : "< and the old block before >";
        mtrace->pending = false;
        return import_bad(import, &start, expected);
    }
    switch (op) {
    case '+': return import_alloc(import, address, size, 0);
    case '-': return import_free(import, address);
    case '<': return realloc_began(import, mtrace, address);
    case '>': return realloc_ended(import, mtrace, address, size);
    default: return import_realloc(import, address, 0, size ? size : 1);
    }
}

/* A realloc without its second half: the old block is still there. */
static int end(struct import *import)
{
    struct mtrace *mtrace = import->state;
    if (!mtrace->pending) {
        return 0;
    }
    mtrace->pending = false;
    return import_stop(import, TRACE_E_TRUNCATED, "> and the new block of the realloc", "the end of the file");
}

static int read_line(struct import *import, struct import_scan *line)
{
    struct import_scan site;
    if (import_scan_done(line)) {
        return 0;
    }
    if (import_scan_text(line, "= ")) {
        return import_scan_text(line, "Start") || import_scan_text(line, "End") ? 0 : import_bad(import, line, "Start or End");
    }
    if (!pass_site(line, &site)) {
        return import_bad(import, line, "a call site that ends with \"] \" and an operation");
    }
    if (line->end - line->at < 2 || !memchr("+-<>!", *line->at, 5) || line->at[1] != ' ') {
        return import_bad(import, line, "one of + - < > ! and a space");
    }
    import->site = TRACE_NO_SITE;
    if (site.end > site.at) {
        name_after(import, import->state, site);
        import->site = import_site(import, site.at, (size_t)(site.end - site.at));
    }
    const char op = *line->at;
    line->at += 2;
    return report(import, op, line);
}

const struct import_format import_mtrace = {
    .name = "glibc mtrace",
    .source = "glibc mtrace log",
    .loses = "times, threads, alignments, calloc (it appears as malloc)",
    .state_bytes = sizeof(struct mtrace),
    .detect = detect,
    .line = read_line,
    .end = end,
};
