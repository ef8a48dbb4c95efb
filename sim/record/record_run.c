/* record_run.c: runs the program with the recorder preloaded and waits for it and its descendants.
 *
 * The logs go into a directory beside the output, so that they are on the disk that must have room for the trace anyway. The recorder is
 * preloaded by its bare name, with both word sizes' directories in the library path: the loader of either class passes over the
 * other's file in silence, so a 64-bit program may exec a 32-bit one. Signals are waited for, not handled: no global state. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record_collect.h"
#include "record_log.h"
#include "record_program.h"

#define RECORDER_NAME "libheaplab_record.so"

extern char **environ;

struct run {
    const struct record_options *options;
    struct record_program program;
    char recorder[PATH_MAX]; /* directory with 64/ and 32/ */
    char logs[PATH_MAX];
    struct record_clock clock;
    pid_t pid;
    int wait_status;
};

/* ---- before ---- */

static int find_recorder(struct run *run, struct record_error *error)
{
    char file[PATH_MAX + 64];
    if (run->options->recorder_dir != NULL) {
        if (realpath(run->options->recorder_dir, run->recorder) == NULL) {
            return record_fail(error, RECORD_E_RECORDER, "%s: %s", run->options->recorder_dir, strerror(errno));
        }
    } else {
        char self[PATH_MAX] = "", near[PATH_MAX + 64];
        if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) {
            return record_fail(error, RECORD_E_RECORDER, "/proc/self/exe: %s", strerror(errno));
        }
        *strrchr(self, '/') = '\0';
        snprintf(near, sizeof near, "%s/../lib/heaplab", self);
        if (realpath(near, run->recorder) == NULL) {
            return record_fail(error, RECORD_E_RECORDER, "%s: the recorder is not installed here", near);
        }
    }
    snprintf(file, sizeof file, "%s/%u/" RECORDER_NAME, run->recorder, run->program.word_bits);
    if (access(file, R_OK) != 0) {
        return record_fail(error, RECORD_E_RECORDER, "%s is a %u-bit program, and the %u-bit recorder is not built (%s)%s",
                           run->program.path, run->program.word_bits, run->program.word_bits, file,
                           run->program.word_bits == 32 ? "; install gcc-multilib and build again" : "");
    }
    if (strpbrk(run->recorder, ":;") != NULL) {
        return record_fail(error, RECORD_E_RECORDER, "%s: a library path cannot hold this name (it has : or ;)", run->recorder);
    }
    return 0;
}

/* Room for a log's tables and its first window: better no run than one that is not recorded. */
static int check_room(const struct run *run, struct record_error *error)
{
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/room", run->logs);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int failure = fd < 0 ? errno : posix_fallocate(fd, 0, RECORD_CHUNKS_OFFSET + RECORD_WINDOW_BYTES);
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    if (failure == 0) {
        return 0;
    }
    rmdir(run->logs);
    return record_fail(error, RECORD_E_OUTPUT, "%s: no room here to begin a recording: %s", run->options->output, strerror(failure));
}

static int make_log_dir(struct run *run, struct record_error *error)
{
    const char *output = run->options->output, *slash = strrchr(output, '/');
    char dir[PATH_MAX], full[PATH_MAX];
    struct stat st;
    if (record_trace_suffix(output) == NULL) {
        return record_fail(error, RECORD_E_OUTPUT, "%s: the name must end in .jsonl.gz (the usual choice), .jsonl, .json, .json.gz or .hlt",
                           output);
    }
    snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : slash == output ? 1 : (int)(slash - output), slash == NULL ? "." : output);
    if (stat(output, &st) == 0 && S_ISDIR(st.st_mode)) {
        return record_fail(error, RECORD_E_OUTPUT, "%s: a directory", output);
    }
    if (realpath(dir, full) == NULL) {
        return record_fail(error, RECORD_E_OUTPUT, "%s: %s", dir, strerror(errno));
    }
    int length = snprintf(run->logs, sizeof run->logs, "%s/.heaplab-record-XXXXXX", full);
    if (length < 0 || (size_t)length >= sizeof run->logs || mkdtemp(run->logs) == NULL) {
        return record_fail(error, RECORD_E_OUTPUT, "%s: cannot write here: %s", full, strerror(errno));
    }
    return check_room(run, error);
}

/* ---- the environment ---- */

static bool has_name(const char *variable, const char *name)
{
    size_t length = strlen(name);
    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool is_ours(const char *variable)
{
    return has_name(variable, "LD_PRELOAD") || has_name(variable, "LD_LIBRARY_PATH") || has_name(variable, RECORD_ENV_DIR) ||
           has_name(variable, RECORD_ENV_EVENTS);
}

static const char *env_or_empty(const char *name, const char **separator, const char *between)
{
    const char *value = getenv(name);
    *separator = value == NULL || value[0] == '\0' ? "" : between;
    return value == NULL ? "" : value;
}

/* The caller's environment with the recorder's four variables at its end. NULL without memory. */
static char **make_environment(const struct run *run)
{
    size_t count = 0, used = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **variables = calloc(count + 5, sizeof *variables);
    if (variables == NULL) {
        return NULL;
    }
    char **ours = variables + count; /* allocated; kept apart until the others are in */
    const char *colon, *space;
    const char *path = env_or_empty("LD_LIBRARY_PATH", &colon, ":"), *preload = env_or_empty("LD_PRELOAD", &space, " ");
    bool whole = asprintf(&ours[0], "LD_PRELOAD=" RECORDER_NAME "%s%s", space, preload) >= 0 &&
                 asprintf(&ours[1], "LD_LIBRARY_PATH=%s%s%s/64:%s/32", path, colon, run->recorder, run->recorder) >= 0 &&
                 asprintf(&ours[2], RECORD_ENV_DIR "=%s", run->logs) >= 0 &&
                 asprintf(&ours[3], RECORD_ENV_EVENTS "=%llu", (unsigned long long)run->options->events) >= 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_ours(environ[i])) {
            variables[used++] = environ[i];
        }
    }
    memmove(variables + used, ours, 5 * sizeof *ours);
    if (whole) {
        return variables;
    }
    free(variables); /* a few strings are lost with the memory that ran out */
    return NULL;
}

static void free_environment(char **variables)
{
    for (size_t i = 0; variables[i] != NULL; i++) {
        if (is_ours(variables[i])) {
            free(variables[i]);
        }
    }
    free(variables);
}

/* ---- the run ---- */

static int spawn(struct run *run, const sigset_t *mask, struct record_error *error)
{
    posix_spawnattr_t attributes;
    char **variables = make_environment(run);
    if (variables == NULL || posix_spawnattr_init(&attributes) != 0) {
        return record_fail(error, RECORD_E_SYSTEM, "out of memory");
    }
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int failure = posix_spawn(&run->pid, run->program.path, NULL, &attributes, run->options->argv, variables);
    posix_spawnattr_destroy(&attributes);
    free_environment(variables);
    return failure == 0 ? 0 : record_fail(error, RECORD_E_PROGRAM, "%s: cannot run: %s", run->program.path, strerror(failure));
}

/* Reaps what has ended. True when no child is left. */
static bool reap(struct run *run, bool *root_ended)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == run->pid) {
            run->wait_status = status;
            *root_ended = true;
        }
        if (pid <= 0) {
            return pid < 0 && errno != EINTR;
        }
    }
}

static void wait_for_all(struct run *run, const sigset_t *signals)
{
    bool root_ended = false, told = false;
    while (!reap(run, &root_ended)) {
        siginfo_t info;
        if (root_ended && !told && run->options->notice != NULL) {
            run->options->notice(run->options->notice_ctx, "the program has ended; waiting for processes that it started (Ctrl-C: no longer)");
        }
        told = root_ended;
        if (sigwaitinfo(signals, &info) < 0 || info.si_signo == SIGCHLD) {
            continue;
        }
        if (root_ended) {
            return;
        }
        if (info.si_signo == SIGTERM || info.si_signo == SIGHUP) { /* SIGINT, SIGQUIT: the terminal has sent the program its own */
            kill(run->pid, info.si_signo);
        }
    }
}

static int run_program(struct run *run, struct record_error *error)
{
    sigset_t signals, before;
    int subreaper = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGQUIT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct record_clock_now now = record_clock_read();
    run->clock.ticks_begin = now.ticks, run->clock.ns_begin = now.ns;
    int result = spawn(run, &before, error);
    if (result == 0) {
        wait_for_all(run, &signals);
    }
    now = record_clock_read();
    run->clock.ticks_end = now.ticks, run->clock.ns_end = now.ns;
    prctl(PR_SET_CHILD_SUBREAPER, subreaper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

int record_run(const struct record_options *options, struct record_result *result, struct record_error *error)
{
    struct run *run = calloc(1, sizeof *run);
    *error = (struct record_error){0};
    *result = (struct record_result){0};
    if (run == NULL) {
        return record_fail(error, RECORD_E_SYSTEM, "out of memory");
    }
    run->options = options;
    int code = record_program_find(options->argv[0], &run->program, error);
    if (code == 0) {
        code = find_recorder(run, error);
    }
    if (code == 0) {
        code = make_log_dir(run, error);
    }
    if (code == 0) {
        code = run_program(run, error);
        result->wait_status = run->wait_status;
        if (code == 0) {
            code = record_collect(run->logs, run->pid, options, &run->clock, result, error);
        }
        record_remove_logs(run->logs);
    }
    free(run);
    return code;
}
