/* import_internal.h: what a format's file uses: the line it is given, a scanner over it, and the calls it reports. Internal to sim/import.
 *
 * A format is a table: how it is recognised, what it does with a line, what it loses. For every line it scans the text and reports calls
 * with import_alloc, import_free … These put events into a queue and keep the books of live addresses.
 */
#ifndef HEAPLAB_SIM_IMPORT_INTERNAL_H
#define HEAPLAB_SIM_IMPORT_INTERNAL_H

#include "import.h"
#include "record_blocks.h"

#define IMPORT_LINE_MAX ((size_t)64 * 1024) /* bytes of a line */
#define IMPORT_NAMES_MAX ((uint32_t)1 << 19) /* sites; threads */

/* ---- scanning: a piece of text, not ended by a zero; every function moves `at` only where it finds what it looks for ---- */

struct import_scan { const char *at, *end; };

bool import_scan_text(struct import_scan *scan, const char *text);
/* Any spaces and tabs. */
void import_scan_space(struct import_scan *scan);
bool import_scan_decimal(struct import_scan *scan, uint64_t *value);
/* Digits with or without 0x. */
bool import_scan_hex(struct import_scan *scan, uint64_t *value);
/* 0x and hexadecimal digits, or decimal digits. */
bool import_scan_number(struct import_scan *scan, uint64_t *value);
/* The same, and "(nil)", "nil", "NULL" and "(null)" for 0. */
bool import_scan_pointer(struct import_scan *scan, uint64_t *value);
/* Whether nothing but white space is left. */
bool import_scan_done(const struct import_scan *scan);
/* The next word of letters, digits and '_' within the text; false if there is none. `at` then stands behind it. */
bool import_scan_word(struct import_scan *scan, struct import_scan *word);
/* Whether `text` occurs; `at` then stands behind its first place. */
bool import_scan_find(struct import_scan *scan, const char *text);
/* Whether the whole text is `text`, upper case or lower. */
bool import_scan_is(const struct import_scan *scan, const char *text);
/* Whether it ends with `text` (lower case), upper case or lower. */
bool import_scan_ends(const struct import_scan *scan, const char *text);

/* ---- a format ---- */

struct import;

struct import_format {
    const char *name;       /* "glibc mtrace" */
    const char *source;     /* for meta.source: "glibc mtrace log" */
    const char *time_unit;  /* NULL: the recording has no time */
    const char *loses;      /* what the format cannot say: "times, threads, alignments" */
    const char *adds;       /* a sentence more for the note, or NULL */
    size_t state_bytes;     /* zeroed before the first line */
    bool free_form;         /* lines mean nothing: a long one may be handed over in pieces, cut at white space */
    /* Whether `text`, the beginning of the content, is of this format. `whole`: there is no more. Must look at whole lines only. */
    bool (*detect)(struct import_scan text, bool whole);
    /* A line, without its end. 0, or an error that import_bad or import_stop has set. */
    int (*line)(struct import *import, struct import_scan *line);
    /* The recording has ended; may report calls. NULL: nothing to do. */
    int (*end)(struct import *import);
    void (*close)(void *state); /* frees what the state owns; NULL: nothing */
};

/* Every line of `text` that ends with a line feed (all, if `whole`): the next one into *line; false if there is none. */
bool import_each_line(struct import_scan *text, bool whole, struct import_scan *line);

/* Whether `judge` takes one of the whole lines. */
bool import_any_line(struct import_scan text, bool whole, bool (*judge)(struct import_scan line));

extern const struct import_format import_rep, import_mtrace, import_heaptrack, import_android, import_ltrace, import_mbed, import_esp,
    import_freertos, import_zephyr;

/* A content that is known and cannot be replayed. */
struct import_refusal { const char *what, *reason; };

/* The format of the content that begins with `text`, or NULL. Where it is one that cannot be replayed, *refusal tells. */
const struct import_format *import_detect(struct import_scan text, bool whole, const struct import_refusal **refusal);

/* ---- the importer ---- */

enum import_tally {
    IMPORT_UNKNOWN_FREE, IMPORT_UNKNOWN_REALLOC, IMPORT_MISSED_FREE, IMPORT_LOST_BLOCK, IMPORT_NO_RESULT, IMPORT_NO_SIZE, IMPORT_UNFINISHED,
    IMPORT_TIME_BACK, IMPORT_NO_STACK, IMPORT_NAMES_LOST, IMPORT_CUT_LINE, IMPORT_TALLIES
};

struct import_names { uint32_t *cells; size_t mask; }; /* text -> index into the header's list, plus one */

struct import {
    struct trace_reader *reader;
    const struct import_format *format;
    void *state;
    const char *adds;              /* the format's, or what it learned */
    struct trace_header *header;
    struct record_blocks blocks;   /* by scrambled address */
    uint64_t multiplier;           /* odd, random: no recording can be built against the table */
    uint64_t next_id, highest_address;
    struct trace_event *queue;
    uint32_t queue_room, queued, taken;
    struct import_names sites, threads;
    uint64_t tallies[IMPORT_TALLIES];
    char *note;

    uint64_t line, line_start;     /* of the line being read: its number, its first byte's offset in the content */
    const char *text;              /* where that piece begins */
    uint64_t text_offset;
    bool cut;                      /* the content ends without a line feed behind it */
    bool ended, lists_dropped;
    struct trace_error problem;    /* what the format found wrong */
    struct trace_error held;       /* an error that waits until the queue is empty */

    /* What the calls that follow have; the format sets them. */
    uint64_t t;                    /* TRACE_NO_TIME: none */
    uint32_t site, thread, heap;
};

/* Reports calls. Each returns 0 or an error (as `line` returns it). Address 0 as a result: the call failed; as an argument: NULL. */
int import_alloc(struct import *import, uint64_t address, uint64_t size, uint64_t align);
int import_calloc(struct import *import, uint64_t address, uint64_t count, uint64_t size);
int import_free(struct import *import, uint64_t address);
int import_realloc(struct import *import, uint64_t old, uint64_t address, uint64_t size);

/* A realloc whose begin and end are told apart: the block leaves the table at the begin (`ptr` 0: it was not known), because another
 * thread may get its address before the end is told. */
struct record_block import_realloc_begin(struct import *import, uint64_t old);
int import_realloc_end(struct import *import, const struct record_block *block, uint64_t address, uint64_t size);

/* Whether a block lives there; forgetting it, without a free. */
bool import_is_live(struct import *import, uint64_t address);
bool import_forget(struct import *import, uint64_t address);

/* The index of a site, thread or heap, entered where it is new; cut at 200 bytes, made UTF-8. TRACE_NO_SITE, or thread 0, where the list
 * is full. */
uint32_t import_site(struct import *import, const char *text, size_t bytes);
uint32_t import_thread(struct import *import, const char *text, size_t bytes);
uint32_t import_heap(struct import *import, const char *text, size_t bytes);

/* Sets the time of the calls that follow; one before the last is raised to it, and counted. */
void import_time(struct import *import, uint64_t t);

/* The line is not as it should be: found stands at `at` (in the line). TRACE_E_LINE; a lenient reader goes on with the next line. */
int import_bad(struct import *import, const struct import_scan *at, const char *expected);

/* The recording cannot be read on. Returns `code`. */
int import_stop(struct import *import, int code, const char *expected, const char *found);

/* meta.name of the header, before the first call is reported. */
void import_name(struct import *import, const char *text, size_t bytes);

#endif
