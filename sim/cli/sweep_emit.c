/* sweep_emit.c: shell scripts that run a sweep's shards on many machines, and then merge them. File names are quoted for the shell and stand
 * in assignments only, so that whatever they hold, no command is made of it. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "sweep_output.h"

/* Its place without links and dots, even where the file itself is still to come; malloc'ed. */
static char *absolute(const char *path)
{
    char *whole = realpath(path, NULL), *folder_copy = NULL, *name_copy = NULL, *folder = NULL;
    if (whole != NULL || errno != ENOENT) {
        return whole;
    }
    folder_copy = strdup(path);
    name_copy = strdup(path);
    folder = folder_copy == NULL ? NULL : realpath(dirname(folder_copy), NULL);
    if (folder != NULL && name_copy != NULL && asprintf(&whole, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, basename(name_copy)) < 0) {
        whole = NULL;
    }
    free(folder_copy);
    free(name_copy);
    free(folder);
    return whole;
}

static void put_quoted(const char *text)
{
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
        } else {
            putchar(*text);
        }
    }
    putchar('\'');
}

static void put_variable(const char *name, const char *text)
{
    printf("%s=", name);
    put_quoted(text);
    putchar('\n');
}

struct names {
    char *heaplab, *plan, *results; /* results: without .jsonl */
};

static void put_names(const struct sweep_emit *emit, const struct names *names)
{
    put_variable("heaplab", names->heaplab);
    put_variable("plan", names->plan);
    put_variable("results", names->results);
    printf("shards=%" PRIu32 "\n", emit->shards);
}

/* Merges the shards' files, and leaves JSONL, CSV and the table. */
static void put_merge(const struct sweep_emit *emit)
{
    fputs("set --\n"
          "for shard in $(seq \"$shards\"); do\n"
          "  set -- \"$@\" \"$results.$shard.jsonl\"\n"
          "done\n"
          "\"$heaplab\" sweep --merge \"$@\" -o \"$results.jsonl\" --csv \"$results.csv\"", stdout);
    for (size_t i = 0; i < emit->metric_count; i++) {
        printf("%s%s", i == 0 ? " --metric " : ",", scores[emit->metrics[i]].name);
    }
    putchar('\n');
}

static void emit_slurm(const struct sweep_emit *emit, const struct names *names)
{
    printf("#!/bin/sh\n"
           "# A sweep as a Slurm array job of %" PRIu32 " tasks, one a shard, and a job that merges them when all are done.\n"
           "# Run this on a machine that submits jobs (sh FILE; do not sbatch it), in a folder that all machines see.\n"
           "# After a kill, a time limit or a failed task run it again: every shard goes on where it was, and nothing is done twice.\n"
           "# Adapt the #SBATCH lines to your cluster. Tasks beyond its MaxArraySize (often 1001) are refused: take fewer, with more cores each.\n"
           "set -eu\n\n", emit->shards);
    printf("array=$(sbatch --parsable <<'HEAPLAB_JOB'\n"
           "#!/bin/sh\n"
           "#SBATCH --job-name=heaplab-sweep\n"
           "#SBATCH --array=1-%" PRIu32 "\n"
           "#SBATCH --ntasks=1\n"
           "#SBATCH --cpus-per-task=1\n"
           "#SBATCH --requeue\n"
           "##SBATCH --time=04:00:00\n"
           "##SBATCH --mem-per-cpu=2G\n"
           "##SBATCH --partition=NAME\n", emit->shards);
    put_names(emit, names);
    fputs("exec \"$heaplab\" sweep \"$plan\" --shard \"$SLURM_ARRAY_TASK_ID/$shards\" --threads \"${SLURM_CPUS_PER_TASK:-1}\" "
          "-o \"$results.$SLURM_ARRAY_TASK_ID.jsonl\"\n"
          "HEAPLAB_JOB\n"
          ")\n"
          "array=${array%%;*} # on some clusters followed by the cluster's name\n\n"
          "merge=$(sbatch --parsable --dependency=\"afterok:$array\" --kill-on-invalid-dep=yes <<'HEAPLAB_JOB'\n"
          "#!/bin/sh\n"
          "#SBATCH --job-name=heaplab-merge\n"
          "#SBATCH --ntasks=1\n", stdout);
    put_names(emit, names);
    put_merge(emit);
    fputs("HEAPLAB_JOB\n"
          ")\n"
          "echo \"array job $array, then the merge ${merge%%;*}; squeue --me shows them\"\n", stdout);
}

static void emit_parallel(const struct sweep_emit *emit, const struct names *names)
{
    printf("#!/bin/sh\n"
           "# A sweep as %" PRIu32 " shards by GNU parallel, and their merge. Run it with sh FILE.\n"
           "# A shard uses all cores of its machine, so one runs at a time on each. On several machines that see the same folders:\n"
           "#   PARALLEL='-S server1,server2' sh FILE\n"
           "# After a kill run it again: every shard goes on where it was, and nothing is done twice.\n"
           "set -eu\n", emit->shards);
    put_names(emit, names);
    fputs("export heaplab plan results shards\n\n"
          "parallel --jobs 1 --halt soon,fail=1 --env heaplab --env plan --env results --env shards \\\n"
          "  '\"$heaplab\" sweep \"$plan\" --shard \"{}/$shards\" -o \"$results.{}.jsonl\"' ::: $(seq \"$shards\")\n\n", stdout);
    put_merge(emit);
}

int sweep_emit(const struct sweep_emit *emit)
{
    char program[PATH_MAX];
    const char *output = emit->output != NULL ? emit->output : "results.jsonl";
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    struct names names = {strdup(length > 0 ? program : "heaplab"), absolute(emit->plan), absolute(output)};
    int code = CLI_DONE;
    if (names.heaplab == NULL || names.plan == NULL || names.results == NULL) {
        code = cli_fail(CLI_RESOURCES, "cannot find the folder of %s: %s", names.plan == NULL ? emit->plan : output, strerror(errno));
    } else if (strpbrk(names.plan, "\n") != NULL || strpbrk(names.results, "\n") != NULL || strpbrk(names.heaplab, "\n") != NULL) {
        code = cli_fail(CLI_BAD_INPUT, "a file's name has a line break in it: found %s, expected a name for scripts", output);
    } else {
        const size_t bytes = strlen(names.results);
        if (bytes > 6 && strcmp(names.results + bytes - 6, ".jsonl") == 0) {
            names.results[bytes - 6] = '\0';
        }
        (strcmp(emit->kind, "slurm") == 0 ? emit_slurm : emit_parallel)(emit, &names);
    }
    free(names.heaplab);
    free(names.plan);
    free(names.results);
    return code;
}
