/* board_process.c: fork, exec, poll on its output and on our own signals, wait. */
#include "board_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXEC_FAILED 127

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In the child: never returns. `report` is closed by a successful exec; else it carries errno. */
static _Noreturn void become(const struct board_process *process, pid_t parent, int output, int report)
{
    sigset_t none;
    const int nothing = open("/dev/null", O_RDONLY);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() == parent && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0 && chdir(process->directory) == 0) {
        /* exec's arguments are not const by history only */
        execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
    }
    const int error = errno;
    (void)!write(report, &error, sizeof error);
    _exit(EXEC_FAILED);
}

/* What there is to read; false at the end of the output. */
static bool take_output(struct board_process *process, size_t *used, int from)
{
    char chunk[4096];
    const ssize_t got = read(from, chunk, sizeof chunk);
    for (ssize_t i = 0; i < got && *used + 1 < process->output_size; i++) {
        process->output[(*used)++] = chunk[i];
    }
    process->output[*used] = '\0';
    return got > 0 || (got < 0 && errno == EINTR);
}

/* Until the output ends. BOARD_PROCESS_EXITED: wait for it; else it is to be killed. */
static enum board_process_end watch(struct board_process *process, int output, int signals)
{
    const int64_t deadline = now_ms() + (int64_t)process->timeout_s * 1000;
    size_t used = 0;
    for (;;) {
        struct pollfd fds[2] = {{output, POLLIN, 0}, {signals, POLLIN, 0}};
        const int64_t left = deadline - now_ms();
        if (left <= 0) {
            return BOARD_PROCESS_TIMED_OUT;
        }
        if (poll(fds, 2, left > 60000 ? 60000 : (int)left) < 0 && errno != EINTR) {
            process->code = errno;
            return BOARD_PROCESS_FAILED;
        }
        if (fds[1].revents != 0) { /* not read: it stays pending */
            return BOARD_PROCESS_INTERRUPTED;
        }
        if (fds[0].revents != 0 && !take_output(process, &used, output)) {
            return BOARD_PROCESS_EXITED;
        }
    }
}

static enum board_process_end supervise(struct board_process *process, pid_t child, int output, int report, int signals)
{
    enum board_process_end end = watch(process, output, signals);
    if (end != BOARD_PROCESS_EXITED) {
        (void)kill(child, SIGKILL);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    int error = 0;
    if (end == BOARD_PROCESS_EXITED && read(report, &error, sizeof error) == (ssize_t)sizeof error) {
        process->code = error;
        return error == ENOENT ? BOARD_PROCESS_NOT_FOUND : BOARD_PROCESS_FAILED;
    }
    if (end == BOARD_PROCESS_EXITED) {
        process->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
        end = WIFSIGNALED(status) ? BOARD_PROCESS_KILLED : BOARD_PROCESS_EXITED;
    }
    return end;
}

sigset_t board_process_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    return signals;
}

enum board_process_end board_process_run(struct board_process *process)
{
    const sigset_t held = board_process_signals();
    sigset_t before;
    int output[2] = {-1, -1}, report[2] = {-1, -1};
    enum board_process_end end = BOARD_PROCESS_FAILED;
    process->output[0] = '\0';
    pthread_sigmask(SIG_BLOCK, &held, &before);
    const int signals = signalfd(-1, &held, SFD_CLOEXEC);
    if (signals >= 0 && pipe2(output, O_CLOEXEC) == 0 && pipe2(report, O_CLOEXEC) == 0) {
        const pid_t self = getpid(), child = fork();
        if (child == 0) {
            become(process, self, output[1], report[1]);
        }
        const int fork_error = errno;
        (void)close(output[1]);
        (void)close(report[1]);
        output[1] = report[1] = -1;
        process->code = fork_error;
        end = child < 0 ? BOARD_PROCESS_FAILED : supervise(process, child, output[0], report[0], signals);
    } else {
        process->code = errno;
    }
    const int fds[] = {signals, output[0], output[1], report[0], report[1]};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return end;
}
