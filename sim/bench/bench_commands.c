/* bench_commands.c: what a user waits for: whole commands of this very program, run as a user runs them, timed from start to end. */
#include "bench_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board_process.h"

extern char **environ;

static const char self[] = "/proc/self/exe";

enum { MOST_ARGUMENTS = 256, EVENTS = 10000, QUICK_EVENTS = 1000, MOST_ROUNDS = 2, TIMEOUT_S = 86400 };

/* ---- a command and its time ---- */

struct command {
    const char *arguments[MOST_ARGUMENTS + 1];
    size_t count;
    bool one_core;
};

static void add_argument(struct command *command, const char *text)
{
    if (command->count < MOST_ARGUMENTS) {
        command->arguments[command->count++] = text;
        command->arguments[command->count] = NULL;
    }
}

/* Children inherit it. */
static void keep_to_one_core(cpu_set_t *before)
{
    cpu_set_t one;
    CPU_ZERO(before);
    (void)sched_getaffinity(0, sizeof *before, before);
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, before)) {
            CPU_SET(cpu, &one);
        }
    }
    (void)sched_setaffinity(0, sizeof one, &one);
}

static double pass_command(void *ctx)
{
    const struct command *command = ctx;
    char output[4096];
    cpu_set_t before;
    struct board_process process = {.argv = command->arguments, .directory = ".", .timeout_s = TIMEOUT_S, .output = output,
                                    .output_size = sizeof output};
    if (command->one_core) {
        keep_to_one_core(&before);
    }
    const double start = bench_wall_seconds();
    const enum board_process_end end = board_process_run(&process);
    const double seconds = bench_wall_seconds() - start;
    if (command->one_core) {
        (void)sched_setaffinity(0, sizeof before, &before);
    }
    return end == BOARD_PROCESS_EXITED && process.code == 0 ? seconds : NAN;
}

/* The better of a few rounds on all cores, and on one. */
struct command_times {
    double all_cores, one_core; /* NAN: it failed */
};

static struct command_times time_command(const struct bench_plan *plan, struct command *command, const char *what)
{
    struct command alone = *command;
    struct bench_plan some = *plan;
    struct bench_turn turns[2] = {{.pass = pass_command, .ctx = command}, {.pass = pass_command, .ctx = &alone}};
    alone.one_core = true;
    some.rounds = plan->rounds < MOST_ROUNDS ? plan->rounds : MOST_ROUNDS;
    bench_take_turns(&some, what, turns, 2);
    return (struct command_times){turns[0].best, turns[1].best};
}

static void fill_row(struct bench_row *row, const struct command *command, double all_cores, double one_core)
{
    row->value = all_cores;
    bench_peer(row, one_core, "the same on one core");
    if (isnan(all_cores)) {
        bench_note(row, "the command failed: 'heaplab %s' with these traces and policies says why", command->arguments[1]);
    }
}

/* ---- minheap and compare ---- */

/* Paths of a material, those of made traces by their descriptor. */
struct paths {
    char (*texts)[32];
    int *files; /* -1: has a path of its own */
    const char **paths;
};

static void close_paths(struct paths *paths, size_t count)
{
    for (size_t i = 0; i < count && paths->files != NULL; i++) {
        if (paths->files[i] >= 0) {
            (void)close(paths->files[i]);
        }
    }
    free(paths->texts);
    free(paths->files);
    free(paths->paths);
    *paths = (struct paths){0};
}

static bool open_paths(struct paths *paths, const struct bench_material *material)
{
    *paths = (struct paths){.texts = calloc(material->count + 1, sizeof *paths->texts), .files = malloc((material->count + 1) * sizeof *paths->files),
                            .paths = calloc(material->count + 1, sizeof *paths->paths)};
    bool ok = paths->texts != NULL && paths->files != NULL && paths->paths != NULL;
    for (size_t i = 0; i <= material->count && paths->files != NULL; i++) {
        paths->files[i] = -1;
    }
    for (size_t i = 0; i < material->count && ok; i++) {
        paths->paths[i] = material->subjects[i].path;
        if (paths->paths[i] == NULL) {
            paths->files[i] = bench_subject_file(&material->subjects[i], TRACE_HLT, 0);
            snprintf(paths->texts[i], sizeof paths->texts[i], "/dev/fd/%d", paths->files[i]);
            paths->paths[i] = paths->texts[i];
            ok = paths->files[i] >= 0;
        }
    }
    if (!ok) {
        close_paths(paths, material->count);
    }
    return ok;
}

static struct command command_of(const struct bench_plan *plan, const char *name, const char *const *paths, size_t count)
{
    struct command command = {.count = 0};
    add_argument(&command, self);
    add_argument(&command, name);
    for (size_t i = 0; i < count; i++) {
        add_argument(&command, paths[i]);
    }
    for (size_t i = 0; i < plan->specs->count; i++) {
        add_argument(&command, "-p");
        add_argument(&command, plan->specs->items[i].text);
    }
    return command;
}

static void answer_questions(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report,
                             const struct bench_material *material, const struct paths *paths)
{
    static const char *const names[] = {"minheap", "compare"};
    for (size_t i = 0; i < 2; i++) {
        const struct bench_material asked = {.subjects = material->subjects, .count = i == 0 ? 1 : material->count}; /* minheap takes one */
        char name[64];
        struct command command = command_of(plan, names[i], paths->paths, asked.count);
        struct bench_row *row = bench_add(report, group, "s", "%s, %zu policies, %s", names[i], plan->specs->count,
                                          bench_material_name(&asked, name, sizeof name));
        const struct command_times times = time_command(plan, &command, row->what);
        fill_row(row, &command, times.all_cores, times.one_core);
    }
}

void bench_run_questions(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    struct bench_material material;
    struct paths paths = {0};
    if (bench_material_make(plan, EVENTS, QUICK_EVENTS, &material) && open_paths(&paths, &material)) {
        answer_questions(plan, group, report, &material, &paths);
        close_paths(&paths, material.count);
    } else {
        bench_note(bench_add(report, group, "s", "minheap, compare"), "no memory, or no room for temporary files");
    }
    bench_material_free(&material);
}

/* ---- sweep ---- */

/* Its records: lines, without the first. */
static uint64_t count_points(const char *path)
{
    FILE *file = fopen(path, "r");
    uint64_t lines = 0;
    for (int c = 0; file != NULL && (c = fgetc(file)) != EOF;) {
        lines += c == '\n';
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return lines == 0 ? 0 : lines - 1;
}

static void time_sweep(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report,
                       const struct bench_material *material, const struct paths *paths, const char *results)
{
    char name[64];
    struct command command = command_of(plan, "sweep", paths->paths, material->count);
    static const char *const options[] = {"-s", "1.25x,1.5x,2x", "--no-table", "--force", "-o"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        add_argument(&command, options[i]);
    }
    add_argument(&command, results);
    struct bench_row *row = bench_add(report, group, "points/s", "sweep, %zu policies, 3 sizes, %s", plan->specs->count,
                                      bench_material_name(material, name, sizeof name));
    const struct command_times times = time_command(plan, &command, row->what);
    const double points = (double)count_points(results);
    fill_row(row, &command, points / times.all_cores, points / times.one_core);
}

void bench_run_sweep(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    struct bench_material material;
    struct paths paths = {0};
    char directory[512], results[544];
    const sigset_t held = board_process_signals(); /* none of them leaves the results behind */
    sigset_t before;
    (void)pthread_sigmask(SIG_BLOCK, &held, &before);
    const bool has_directory = bench_directory(directory, sizeof directory);
    if (has_directory && bench_material_make(plan, EVENTS, QUICK_EVENTS, &material) && open_paths(&paths, &material)) {
        snprintf(results, sizeof results, "%s/results.jsonl", directory);
        time_sweep(plan, group, report, &material, &paths, results);
        (void)unlink(results);
        close_paths(&paths, material.count);
    } else {
        bench_note(bench_add(report, group, "points/s", "sweep"), "no memory, or no room for temporary files");
    }
    if (has_directory) {
        (void)rmdir(directory);
        bench_material_free(&material);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the memory of a streaming replay ---- */

static bool write_all(int file, const char *bytes, size_t count)
{
    while (count != 0) {
        const ssize_t written = write(file, bytes, count);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        count -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* The made workload as JSONL, until that many bytes have gone. */
static bool write_stream(const struct bench_plan *plan, int file, uint64_t most)
{
    struct bench_workload *workload = bench_workload_new(BENCH_WORKLOAD_HEAP);
    char buffer[65536];
    size_t used = (size_t)snprintf(buffer, sizeof buffer, "%s", bench_workload_header);
    uint64_t written = 0, told = 0;
    bool ok = workload != NULL;
    while (ok && written + used < most) {
        struct trace_event event;
        ok = bench_workload_next(workload, &event);
        used += ok ? bench_workload_line(&event, buffer + used) : 0;
        if (used > sizeof buffer - 256) {
            ok = ok && write_all(file, buffer, used);
            written += used;
            used = 0;
        }
        if (written - told > most / 50) {
            told = written;
            bench_tell(plan, "streaming: %" PRIu64 " of %" PRIu64 " MB", written / 1000000, most / 1000000);
        }
    }
    ok = ok && write_all(file, buffer, used);
    bench_workload_free(workload);
    return ok;
}

/* The most memory that a living process has had, in bytes; NAN where the system does not tell. */
static double peak_memory(pid_t process)
{
    char path[64], line[256];
    unsigned long kibibytes = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)process);
    FILE *status = fopen(path, "r");
    while (status != NULL && kibibytes == 0 && fgets(line, sizeof line, status) != NULL) {
        (void)sscanf(line, "VmHWM: %lu", &kibibytes);
    }
    if (status != NULL) {
        (void)fclose(status);
    }
    return kibibytes == 0 ? NAN : (double)kibibytes * 1024;
}

/* "heaplab replay - -p tlsf -s 2M", with standard input from *input. -1 on failure. */
static pid_t start_replay(int *input)
{
    static char *const arguments[] = {"heaplab", "replay", "-", "-p", "tlsf", "-s", "2M", NULL};
    int ends[2];
    pid_t child = -1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    bool ok = posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&attributes) == 0;
    ok = ok && posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO) == 0 &&
         posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
         posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
         posix_spawnattr_setsigdefault(&attributes, &defaults) == 0 && posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF) == 0;
    if (!ok || posix_spawn(&child, self, &actions, &attributes, arguments, environ) != 0) {
        child = -1;
    }
    if (ok) {
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)close(ends[0]);
    if (child < 0) {
        (void)close(ends[1]);
    }
    *input = ends[1];
    return child;
}

void bench_run_stream(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report)
{
    struct bench_row *row = bench_add(report, group, "MiB", "peak memory of 'replay -' of %.3g GB of JSONL", plan->gigabytes);
    const double bytes = plan->gigabytes * 1e9;
    int input = -1, status = 0;
    row->goal_kind = BENCH_AT_MOST;
    row->goal = 64;
    bench_peer(row, bytes / 1048576, "the stream's own size");
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    (void)sigaction(SIGPIPE, &ignore, &before);
    const pid_t child = start_replay(&input);
    if (child > 0) {
        const bool written = write_stream(plan, input, (uint64_t)bytes);
        const double peak = peak_memory(child); /* while it waits for the rest: afterwards nobody can be asked */
        (void)close(input);
        pid_t ended = -1;
        do {
            ended = waitpid(child, &status, 0);
        } while (ended < 0 && errno == EINTR);
        row->value = written && ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? peak / 1048576 : NAN;
    }
    (void)sigaction(SIGPIPE, &before, NULL);
    if (isnan(row->value)) {
        bench_note(row, "the replay could not be started, or failed");
    }
}
