/* trace_error.h: everything that can be wrong with a trace, in one list: code, name, text.
 *
 * Codes are stable: scripts and tests name them. The commands exit 3 for bad input and 4 for a cap or missing memory (trace_error_exit). */
#ifndef HEAPLAB_SIM_TRACE_ERROR_H
#define HEAPLAB_SIM_TRACE_ERROR_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_ERRORS(X)                                                        \
    X(-1, OPEN, "cannot open")                                                 \
    X(-2, READ, "cannot read")                                                 \
    X(-3, WRITE, "cannot write")                                               \
    X(-4, MEMORY, "out of memory")                                             \
    X(-5, CAP, "a limit is reached")                                           \
    X(-10, SYNTAX, "not valid JSON")                                           \
    X(-11, UTF8, "not valid UTF-8")                                            \
    X(-12, DUPLICATE, "duplicate member")                                      \
    X(-13, DEPTH, "nested too deeply")                                         \
    X(-14, LONG_STRING, "string too long")                                     \
    X(-15, TRUNCATED, "the file ends early")                                   \
    X(-16, TRAILING, "bytes behind the end")                                   \
    X(-17, GZIP, "damaged gzip data")                                          \
    X(-18, CHECKSUM, "damaged block")                                          \
    X(-19, REFUSED, "cannot be replayed")                                      \
    X(-20, FORMAT, "not a heaplab trace")                                      \
    X(-21, VERSION, "unknown version")                                         \
    X(-22, HEADER, "bad header member")                                        \
    X(-23, MEMBER, "unknown or wrongly typed member")                          \
    X(-24, MISSING, "missing member")                                          \
    X(-25, OP, "unknown op")                                                   \
    X(-26, NUMBER, "not an integer in range")                                  \
    X(-27, SIZE, "size too large")                                             \
    X(-28, ALIGN, "alignment is not a power of two")                           \
    X(-29, INDEX, "index out of its list")                                     \
    X(-30, ID_LIVE, "id reused while live")                                    \
    X(-31, ID_DEAD, "free or realloc of a dead id")                            \
    X(-32, TIME, "time goes backwards")                                        \
    X(-33, LINE, "not a line of this recording")

/* Not in the list: the trace is good, but what was asked of it is not there. */
#define TRACE_E_RANGE (-6)

enum trace_error_code {
    TRACE_OK = 0,
#define X(code, name, text) TRACE_E_##name = code,
    TRACE_ERRORS(X)
#undef X
};

/* One error with its place. `line` and `column` count from 1 (0: no place, as in .hlt, where `column` is the byte). */
struct trace_error {
    int code;
    uint64_t line, column;
    uint64_t events;      /* whole events read before it */
    char file[256];
    char found[160];      /* what stands there, printable and cut */
    char expected[160];   /* what should stand there; may be empty */
};

const char *trace_error_name(int code); /* "ID_DEAD"; "?" for an unknown code; static */
const char *trace_error_text(int code); /* "free or realloc of a dead id"; static */
int trace_error_exit(int code);         /* the command's exit code: 0, 3 or 4 */

/* "FILE:LINE:COL: text: found …, expected … (after N whole events)"; returns as snprintf. */
int trace_error_format(const struct trace_error *error, char *buffer, size_t size);

#endif
