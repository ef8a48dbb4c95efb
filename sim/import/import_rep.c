/* import_rep.c: the traces of the CS:APP malloc lab, written by hand or by a generator.
 *
 * Four integers, then operations, with any white space between: a ID BYTES, r ID BYTES, f ID. There are two forms, told apart by the first
 * integer: the classic one (suggested heap size, ids, operations, weight) and the weighted one (weight 0 ... 3, ids, operations, peak).
 * Ids count from 0. r of an id that has no block allocates, r ID 0 and f free, f -1 is free(NULL). What follows the told number of
 * operations is not read in the weighted form and an error in the classic one. An id that is allocated again while it lives leaks its
 * first block, as in the lab's own driver.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

enum { HEADER_NUMBERS = 4 };

struct rep {
    uint64_t header[HEADER_NUMBERS];
    int numbers;      /* of the header, read so far */
    char op;          /* of the operation being read; 0: none */
    bool has_id;
    int64_t id;       /* -1: NULL */
    uint64_t done;    /* whole operations */
    char adds[120];   /* what the header tells besides */
};

static bool weighted(const struct rep *rep)
{
    return rep->header[0] <= 3;
}

static bool next_token(struct import_scan *scan, struct import_scan *token)
{
    while (scan->at < scan->end && (*scan->at == ' ' || (*scan->at >= '\t' && *scan->at <= '\r'))) {
        scan->at++;
    }
    token->at = scan->at;
    while (scan->at < scan->end && *scan->at != ' ' && !(*scan->at >= '\t' && *scan->at <= '\r')) {
        scan->at++;
    }
    token->end = scan->at;
    return token->at < token->end;
}

static bool is_decimal(struct import_scan token, uint64_t *value)
{
    return import_scan_decimal(&token, value) && token.at == token.end;
}

static bool detect(struct import_scan text, bool whole)
{
    struct import_scan token;
    uint64_t number, ops = 0;
    for (int i = 0; i < HEADER_NUMBERS; i++) {
        if (!next_token(&text, &token) || !is_decimal(token, &number)) {
            return false;
        }
        ops = i == 2 ? number : ops;
    }
    if (!next_token(&text, &token)) {
        return whole && ops == 0;
    }
    return token.end - token.at == 1 && memchr("arf", *token.at, 3) && (whole || text.at < text.end);
}

static int report(struct import *import, struct rep *rep, uint64_t size)
{
    const uint64_t key = (uint64_t)rep->id + 1;
    rep->done++;
    const char op = rep->op;
    rep->op = 0;
    if (op == 'f') {
        return import_free(import, key);
    }
    if (op == 'r' && import_is_live(import, key)) {
        return import_realloc(import, key, size ? key : 0, size);
    }
    if (op == 'r' && size == 0) {
        return import_free(import, 0);
    }
    if (op == 'a' && import_forget(import, key)) {
        import->tallies[IMPORT_LOST_BLOCK]++;
    }
    return import_alloc(import, key, size, 0);
}

static int read_id(struct import *import, struct rep *rep, const struct import_scan *token)
{
    uint64_t id = 0;
    const bool null = rep->op == 'f' && import_scan_is(token, "-1");
    if (!null && (!is_decimal(*token, &id) || id >= rep->header[1])) {
        char expected[80];
        snprintf(expected, sizeof expected, "an id below %" PRIu64 ", the number of ids", rep->header[1]);
        rep->op = 0;
        return import_bad(import, token, expected);
    }
    rep->id = null ? -1 : (int64_t)id;
    rep->has_id = true;
    return rep->op == 'f' ? report(import, rep, 0) : 0;
}

static int read_operation(struct import *import, struct rep *rep, const struct import_scan *token)
{
    if (rep->done >= rep->header[2]) {
        return import_bad(import, token, "the end: the header tells fewer operations");
    }
    if (token->end - token->at != 1 || !memchr("arf", *token->at, 3)) {
        return import_bad(import, token, "a, r or f");
    }
    rep->op = *token->at;
    rep->has_id = false;
    return 0;
}

static int read_header(struct import *import, struct rep *rep, const struct import_scan *token)
{
    static const char *const weights[] = {"none", "all", "utilization", "throughput"};
    const uint64_t *header = rep->header;
    if (!is_decimal(*token, &rep->header[rep->numbers++])) {
        return import_stop(import, TRACE_E_HEADER, "four decimal numbers", "something else");
    }
    if (rep->numbers == HEADER_NUMBERS && weighted(rep)) {
        snprintf(rep->adds, sizeof rep->adds, "weight %" PRIu64 " (%s), peak %" PRIu64 " bytes by its header", header[0],
                 weights[header[0]], header[3]);
    } else if (rep->numbers == HEADER_NUMBERS) {
        snprintf(rep->adds, sizeof rep->adds, "suggested heap size %" PRIu64 ", weight %" PRIu64, header[0], header[3]);
    }
    import->adds = rep->adds;
    return 0;
}

static int read_token(struct import *import, struct rep *rep, const struct import_scan *token)
{
    uint64_t number;
    if (rep->numbers < HEADER_NUMBERS) {
        return read_header(import, rep, token);
    }
    if (!rep->op) {
        return read_operation(import, rep, token);
    }
    if (!rep->has_id) {
        return read_id(import, rep, token);
    }
    if (!is_decimal(*token, &number)) {
        rep->op = 0;
        return import_bad(import, token, "a number of bytes");
    }
    return report(import, rep, number);
}

static int read_line(struct import *import, struct import_scan *line)
{
    struct rep *rep = import->state;
    struct import_scan token;
    while (next_token(line, &token)) {
        if (rep->numbers == HEADER_NUMBERS && weighted(rep) && rep->done >= rep->header[2]) {
            return 0;
        }
        const int code = read_token(import, rep, &token);
        if (code) {
            return code;
        }
    }
    return 0;
}

static int end(struct import *import)
{
    const struct rep *rep = import->state;
    char expected[64], found[64];
    if (rep->done >= rep->header[2] && rep->numbers == HEADER_NUMBERS) {
        return 0;
    }
    snprintf(expected, sizeof expected, "%" PRIu64 " operations", rep->header[2]);
    snprintf(found, sizeof found, "the end of the file after %" PRIu64, rep->done);
    return import_stop(import, TRACE_E_TRUNCATED, expected, found);
}

const struct import_format import_rep = {
    .name = "a CS:APP .rep",
    .source = "CS:APP malloc lab trace",
    .loses = "times, threads, call sites, alignments, failed calls",
    .state_bytes = sizeof(struct rep),
    .free_form = true,
    .detect = detect,
    .line = read_line,
    .end = end,
};
