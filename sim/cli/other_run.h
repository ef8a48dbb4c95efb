/* other_run.h: the second of two runs, as `reduce --divergence` and `diff --against` take it, and command lines that repeat a run. */
#ifndef HEAPLAB_CLI_OTHER_RUN_H
#define HEAPLAB_CLI_OTHER_RUN_H

#include "spec.h"

struct other_run {
    struct spec spec;      /* without heap and address */
    uint32_t heap_bytes;   /* 0: as the first's */
    uint32_t arena_base;   /* 0: as the first's */
};

#define OTHER_RUN_FORM "[POLICY][@SIZE][@base=ADDRESS]"

/* Reads OTHER_RUN_FORM; no POLICY: the first's. False after printing why, as `command` and its `option`. */
bool other_run_parse(struct other_run *other, const char *command, const char *option, const char *text);

/* Its options beside the first run's, whose heap's size and address are set; afterwards spec.text names its policy in any case. */
void other_run_options(struct other_run *other, const struct spec *first, struct lane_options *options);

/* Adds a blank and the word, quoted for a shell where it needs it. What has no room is cut. */
void command_line_add(char *line, size_t size, const char *word);

/* Adds the options that repeat a run: -p, -s and --arena-base where it is not the usual one. */
void command_line_add_run(char *line, size_t size, const struct spec *spec, uint32_t heap_bytes, uint32_t arena_base);

#endif
