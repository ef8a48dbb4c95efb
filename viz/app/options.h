/* options.h: the command line of heaplab-view. */
#ifndef HEAPLAB_VIZ_OPTIONS_H
#define HEAPLAB_VIZ_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace.h"
#include "view.h"

struct view_options {
    const char *trace;       /* NULL: none given */
    struct trace_selection selection; /* which part of it */
    const char *policy;      /* NULL: the default */
    uint32_t heap_bytes;     /* 0: the default */
    uint32_t more_heaps[MODEL_LANES - 1]; /* of the other lanes */
    int heap_count;          /* sizes given */
    int lane_count;          /* 1 … 4 */
    enum view_kind view;
    bool view_given;
    enum language language;
    uint64_t arena_base;
    bool at_given, at_failure, at_peak;
    uint32_t at;             /* the event of the picture … */
    struct trace_bound at_bound; /* … unless it is given by its time or its mark */
    const char *png, *svg, *frames, *video; /* files, `frames` a directory: pictures without a window */
    uint32_t frame_count;
    int w, h;                /* pixels */
    int scale_percent;
    enum theme_id theme;
    enum colour_mode colour;
    bool pin_given;
    uint64_t pin;            /* id */
    uint32_t range_from, range_to; /* events; VIEW_NO_EVENT: no range */
    uint32_t lane;           /* the one that views of one lane show */
    uint8_t hidden;          /* bit i: Duel hides lane i */
    bool sorted;             /* Duel's lanes by score */
    uint32_t map_first, map_bytes; /* the part of the heap that the map shows; 0 bytes: all */
    struct bytes_state bytes;
    bool bins;               /* the Why view's other picture of the free blocks */
    uint32_t speed;          /* events a second; 0: fitting the trace */
    const char *go;          /* typed into the line of G, and entered; NULL: nothing */
    enum overlay overlay;    /* what lies over the view … */
    uint32_t overlay_line;   /* … the line that it is at, from 0 … */
    const char *overlay_entry; /* … and what is typed into it */
    bool point_given;        /* the mouse stands at these pixels */
    int point_x, point_y;
    const char *settings;    /* a file to remember in, also without a window; NULL: the window's own */
    bool no_settings, size_given, theme_given, language_given, scale_given;
    uint32_t benchmark_events; /* of the long runs; 0: the default */
    bool json;               /* the benchmark's figures as JSON */
    bool benchmark, help, version, play, still;
};

/* Does it write pictures and end, without a window? */
bool view_options_headless(const struct view_options *options);

/* False: `why` says what was found and what was expected. */
bool view_options_parse(struct view_options *options, int argc, char **argv, char *why, size_t why_size);

extern const char view_options_help[];

#endif
