/* board_firmware.c: where a board's executables are, how they are started, and the trace that they read. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "board_process.h"

#define FAULT_EXIT_CODE 70 /* target/common/fault.h */
#define MAX_ARGUMENTS 32
#define TRACE_NAME "trace.hlt"

/* DIR/BOARD/bin/APP; false if it is not there or too long. */
static bool look_in(const char *directory, const char *below, const struct board *board, const char *app, char *path, size_t path_size)
{
    const int len = snprintf(path, path_size, "%s%s/%s/bin/%s%s", directory, below, board->name, app, board->suffix);
    return len > 0 && (size_t)len < path_size && access(path, R_OK) == 0;
}

bool board_firmware(const struct board *board, const char *app, char *path, size_t path_size, char *why, size_t why_size)
{
    const char *forced = getenv("HEAPLAB_FIRMWARE_DIR");
    if (forced != NULL && forced[0] != '\0') {
        if (look_in(forced, "", board, app, path, path_size)) {
            return true;
        }
        snprintf(why, why_size, "no firmware '%s' for %s in HEAPLAB_FIRMWARE_DIR: expected %s/%s/bin/%s%s", app, board->name, forced,
                 board->name, app, board->suffix);
        return false;
    }
    char here[512];
    const ssize_t len = readlink("/proc/self/exe", here, sizeof here - 1);
    if (len > 0) {
        here[len] = '\0';
        char *slash = strrchr(here, '/');
        if (slash != NULL) {
            *slash = '\0';
            if (look_in(here, "/../firmware", board, app, path, path_size)) {
                return true;
            }
        }
    }
    if (look_in(HEAPLAB_FIRMWARE_BUILT, "", board, app, path, path_size)) {
        return true;
    }
    snprintf(why, why_size, "the firmware '%s' for %s is not built: './run build' builds it (it needs %s)", app, board->name,
             board->machine == NULL ? "gcc-multilib" : "gcc-arm-none-eabi and libnewlib-arm-none-eabi");
    return false;
}

/* QEMU takes commas in an option's value doubled. */
static bool append_argument(char *text, size_t size, size_t *used, const char *argument)
{
    const char *const parts[] = {*used == 0 ? "" : ",", "arg=", argument};
    for (size_t i = 0; i < 3; i++) {
        for (const char *at = parts[i]; *at != '\0'; at++) {
            const size_t copies = i == 2 && *at == ',' ? 2 : 1;
            for (size_t k = 0; k < copies; k++) {
                if (*used + 1 >= size) {
                    return false;
                }
                text[(*used)++] = *at;
            }
        }
    }
    text[*used] = '\0';
    return true;
}

static bool name_arguments(char *text, size_t size, const char *app, const char *const *arguments)
{
    size_t used = (size_t)snprintf(text, size, "enable=on,target=native");
    bool ok = append_argument(text, size, &used, app);
    for (; *arguments != NULL && ok; arguments++) {
        ok = append_argument(text, size, &used, *arguments);
    }
    return ok;
}

static enum board_status explain(struct board_job *job, const struct board_process *process, enum board_process_end end, const char *app)
{
    const char *name = job->board->name;
    switch (end) {
    case BOARD_PROCESS_EXITED:
        if (process->code != FAULT_EXIT_CODE) {
            return BOARD_DONE;
        }
        snprintf(job->why, sizeof job->why, "%s faulted in %s:\n%.800s", name, app, process->output);
        return BOARD_CRASHED;
    case BOARD_PROCESS_KILLED:
        snprintf(job->why, sizeof job->why, "%s was ended by signal %d (%s): %.600s", process->argv[0], process->code, strsignal(process->code),
                 process->output);
        return BOARD_CRASHED;
    case BOARD_PROCESS_TIMED_OUT:
        snprintf(job->why, sizeof job->why, "%s was not done after %u seconds and was ended; --timeout gives it more", name, job->timeout_s);
        return BOARD_TIMED_OUT;
    case BOARD_PROCESS_INTERRUPTED:
        snprintf(job->why, sizeof job->why, "interrupted");
        return BOARD_INTERRUPTED;
    case BOARD_PROCESS_NOT_FOUND:
        snprintf(job->why, sizeof job->why, "%s is not installed: apt install qemu-system-arm", process->argv[0]);
        return BOARD_NO_EMULATOR;
    case BOARD_PROCESS_FAILED:
        break;
    }
    snprintf(job->why, sizeof job->why, "cannot start %s: %s", process->argv[0], strerror(process->code));
    return BOARD_NO_RESOURCES;
}

enum board_status board_run_app(struct board_job *job, const char *app, const char *const *arguments, char *output, size_t output_size,
                                int *exit_code)
{
    char path[1024], absolute[4096], semihosting[2048];
    const char *argv[MAX_ARGUMENTS + 1];
    size_t count = 0;
    if (!board_firmware(job->board, app, path, sizeof path, job->why, sizeof job->why)) {
        return BOARD_NO_FIRMWARE;
    }
    if (realpath(path, absolute) == NULL || !name_arguments(semihosting, sizeof semihosting, app, arguments)) {
        snprintf(job->why, sizeof job->why, "the path or the arguments of %s are too long", app);
        return BOARD_NO_RESOURCES;
    }
    if (job->board->machine != NULL) {
        const char *const emulator[] = {"qemu-system-arm", "-M", job->board->machine, "-nographic", "-monitor", "none", "-serial", "none",
                                        "-icount", "shift=10", "-semihosting-config", semihosting, "-kernel", absolute};
        memcpy(argv, emulator, sizeof emulator);
        count = sizeof emulator / sizeof emulator[0];
    } else {
        argv[count++] = absolute;
        for (; *arguments != NULL && count < MAX_ARGUMENTS; arguments++) {
            argv[count++] = *arguments;
        }
    }
    argv[count] = NULL;
    struct board_process process = {argv, job->trace == NULL ? "/" : job->trace->directory, job->timeout_s, output, output_size, 0};
    const enum board_status status = explain(job, &process, board_process_run(&process), app);
    *exit_code = process.code;
    return status;
}

/* ---- the trace ---- */

bool board_trace_make(struct board_trace *board_trace, const struct trace *trace, char *why, size_t why_size)
{
    const char *temporary = getenv("TMPDIR");
    char path[sizeof board_trace->directory + sizeof TRACE_NAME + 1];
    const int len = snprintf(board_trace->directory, sizeof board_trace->directory, "%s/heaplab-XXXXXX",
                             temporary == NULL || temporary[0] == '\0' ? "/tmp" : temporary);
    if (len < 0 || (size_t)len >= sizeof board_trace->directory || mkdtemp(board_trace->directory) == NULL) {
        snprintf(why, why_size, "cannot make a temporary directory '%s': %s", board_trace->directory, strerror(errno));
        board_trace->directory[0] = '\0';
        return false;
    }
    const sigset_t held = board_process_signals();
    pthread_sigmask(SIG_BLOCK, &held, &board_trace->signals_before);
    snprintf(path, sizeof path, "%s/%s", board_trace->directory, TRACE_NAME);
    struct trace_error error = {0};
    struct trace_event event;
    struct trace_writer *writer = trace_writer_open(path, TRACE_HLT, false, trace_header_of(trace), &error);
    bool ok = writer != NULL;
    for (uint64_t i = 0; i < trace_count(trace) && ok; i++) {
        trace_get(trace, i, &event);
        ok = trace_writer_put(writer, &event) == 0;
    }
    if (writer != NULL) {
        ok = trace_writer_close(writer, &error) == 0 && ok;
    }
    if (!ok) {
        char text[400];
        trace_error_format(&error, text, sizeof text);
        snprintf(why, why_size, "cannot write the trace for the board: %s", text);
        board_trace_remove(board_trace);
    }
    return ok;
}

void board_trace_remove(struct board_trace *board_trace)
{
    char path[sizeof board_trace->directory + sizeof TRACE_NAME + 1];
    if (board_trace->directory[0] != '\0') {
        snprintf(path, sizeof path, "%s/%s", board_trace->directory, TRACE_NAME);
        (void)unlink(path);
        (void)rmdir(board_trace->directory);
        board_trace->directory[0] = '\0';
        pthread_sigmask(SIG_SETMASK, &board_trace->signals_before, NULL);
    }
}
