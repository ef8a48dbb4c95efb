/* json.h: a strict RFC 8259 tokenizer of our own, pulled token by token over a byte stream.
 *
 * Nothing is built and nothing is allocated a token: a string is decoded into one buffer that lives as long as the tokenizer.
 * Strict: UTF-8 (no overlong form, no surrogate, nothing over U+10FFFF), paired surrogates in escapes, no raw control character, the
 * number grammar, no byte-order mark, no comment, no trailing comma, no second document (but json_restart). Duplicate members are the caller's.
 * Errors carry line, column (in bytes, from 1), what was found and what was expected.
 */
#ifndef HEAPLAB_SIM_JSON_H
#define HEAPLAB_SIM_JSON_H

#include "trace_bytes.h"
#include "trace_error.h"

#define JSON_DEPTH_MAX 1024 /* what limits.depth may be at most */

enum json_token {
    JSON_ERROR, /* json->error tells; the tokenizer stays in error */
    JSON_END,   /* the document is complete and only white space followed */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,    /* text: the member's name; its value is the next token */
    JSON_STRING, /* text: decoded; may hold zero bytes, so use length */
    JSON_NUMBER, /* text: as it stands in the document */
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_limits {
    uint32_t depth;        /* nested containers, 1 … JSON_DEPTH_MAX */
    uint32_t string_bytes; /* decoded bytes of a string, or bytes of a number */
};

enum json_state { JSON_WANT_VALUE, JSON_WANT_FIRST_VALUE, JSON_WANT_FIRST_KEY, JSON_WANT_NEXT, JSON_DONE, JSON_BROKEN };

struct json {
    struct trace_bytes *in;
    struct trace_error error;
    const char *text; /* of the last KEY, STRING or NUMBER; ends with a zero; valid until the next call */
    size_t length;
    uint64_t line, column; /* where the last token begins */

    struct json_limits limits;
    enum json_state state;
    uint32_t depth;
    char *buffer;
    uint64_t in_object[JSON_DEPTH_MAX / 64]; /* bit d: the container at depth d+1 is an object */
};

/* False without memory. `in` must outlive the tokenizer. */
bool json_open(struct json *json, struct trace_bytes *in, struct json_limits limits);
void json_close(struct json *json);

/* The next token. O(bytes consumed). */
enum json_token json_next(struct json *json);

/* Passes over the value whose first token was `token` (at once for a scalar). False on an error. */
bool json_skip(struct json *json, enum json_token token);

/* In an array, before an element: 1: a value stands at in->cur; 0: the array has ended (its bracket is consumed); -1: error. */
int json_element(struct json *json);
/* The caller has consumed that value itself, straight from `in`. */
void json_value_consumed(struct json *json);

/* After a complete document: begin another one in the same stream (JSON Lines). */
void json_restart(struct json *json);

/* Whether `count` bytes are UTF-8 as strict as the tokenizer's (zero bytes are allowed). */
bool json_is_utf8(const char *text, size_t count);

/* Reports an error of the caller's at the last token's place, in json->error. Returns `code`. */
int json_fail(struct json *json, int code, const char *expected, const char *found);

#endif
