/* main.c: the command `heaplab`: finds the subcommand and hands over. */
#include <string.h>

#include "cli.h"

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"record", "run a program and record what it asks of malloc", cmd_record},
    {"replay", "run a trace on one policy and one heap: the score sheet", cmd_replay},
    {"compare", "run traces on many policies: the table, with the smallest heap of each", cmd_compare},
    {"minheap", "the smallest heap on which a policy serves a whole trace", cmd_minheap},
    {"diff", "two runs, or two traces: where they part, and what it does to the metrics", cmd_diff},
    {"reduce", "the smallest trace that still shows a failure, a divergence, a fragmentation", cmd_reduce},
    {"sweep", "many runs: policies x parameters x sizes x traces, resumable, in shards", cmd_sweep},
    {"view", "watch the heap: the map, the timeline, any moment", cmd_view},
    {"board", "the same run on a Cortex-M under QEMU: equal bytes, exact instructions", cmd_board},
    {"verify", "does a replica place every block where the original did?", cmd_verify},
    {"convert", "between the trace encodings (.json, .jsonl, .hlt, .gz), and from other tools' recordings", cmd_convert},
    {"policies", "what policies there are, their parameters, costs and bounds", cmd_policies},
    {"bench", "how fast all this is on this machine, beside named peers", cmd_bench},
};

static void print_help(FILE *to)
{
    fputs("heaplab: what does my program do to a heap, which allocator and how big a heap does it need,\n"
          "and will the board behave as the simulation did?\n\n"
          "usage: heaplab COMMAND [OPTIONS] TRACE…\n\n", to);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\n'heaplab COMMAND --help' explains each, with an example.\n"
          "Exit codes: 0 done, 1 the condition asked for does not hold, 2 usage, 3 bad input, 4 out of resources.\n\n"
          "example: heaplab record -o lua.jsonl.gz -- lua5.4 script.lua && heaplab compare lua.jsonl.gz -p all\n", to);
}

/* What was printed and lost is no success. */
static int finish(int code)
{
    const bool lost = fflush(stdout) != 0 || ferror(stdout) != 0;
    return lost && code <= CLI_DIFFERS ? cli_fail(CLI_RESOURCES, "cannot write to standard output") : code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return finish(CLI_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("heaplab " HEAPLAB_VERSION);
        return finish(CLI_DONE);
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            char name[64]; /* what getopt_long begins its messages with */
            snprintf(name, sizeof name, "heaplab %s", commands[i].name);
            argv[1] = name;
            return finish(commands[i].run(argc - 1, argv + 1));
        }
    }
    fprintf(stderr, "heaplab: unknown command '%s'\nTry 'heaplab --help'.\n", argv[1]);
    return CLI_USAGE;
}
