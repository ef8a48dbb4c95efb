/* ends.c MODE [PROGRAM ARGS…]: 10,000 allocations of 24 bytes, then an end of every kind.
 *   return  exit by main's return        abort, kill, _exit  what they say
 *   fork    a child frees 5 of the parent's blocks, allocates 7 of its own, and _exits
 *   exec    becomes PROGRAM              closed  closes every descriptor first, then allocates 10,000 more
 *   cleared clears its environment first; then as fork
 *   starts  200 children fork a grandchild while a thread of theirs allocates for the first time; 1 if one hangs
 *   clean   exit status 0 if and only if nothing was allocated before main */

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS 10000

static void *blocks[2 * BLOCKS];

static int fork_child(void)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 5; i++)
            free(blocks[i]);
        for (int i = 0; i < 7; i++)
            blocks[i] = malloc(48);
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid ? status : 1;
}

static void *allocate(void *arg)
{
    free(malloc(24));
    return arg;
}

/* The thread's stack is one that the parent's thread left, so that making it allocates nothing. */
static void fork_while_starting(void)
{
    pthread_t thread;
    int status = 1;
    if (pthread_create(&thread, NULL, allocate, NULL) != 0)
        _exit(1);
    for (volatile int spin = rand() % 200000; spin > 0; spin--)
        ;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(5);
        allocate(NULL);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    pthread_join(thread, NULL);
    _exit(status == 0 ? 0 : 1);
}

static int starts(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, allocate, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    for (int i = 0; i < 200; i++) {
        int status = 1;
        rand();
        pid_t pid = fork();
        if (pid == 0)
            fork_while_starting();
        if (waitpid(pid, &status, 0) != pid || status != 0)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "return";
    if (strcmp(mode, "clean") == 0)
        return mallinfo2().uordblks == 0 ? 0 : 1;
    if (strcmp(mode, "closed") == 0) {
        for (int i = 0; i < BLOCKS; i++)
            blocks[BLOCKS + i] = malloc(24);
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
    }
    if (strcmp(mode, "starts") == 0)
        return starts();
    if (strcmp(mode, "cleared") == 0) {
        for (int i = 0; i < 10; i++)
            free(malloc(24));
        clearenv();
    }
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(24);
    if (strcmp(mode, "abort") == 0)
        abort();
    if (strcmp(mode, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(mode, "_exit") == 0)
        _exit(3);
    if (strcmp(mode, "fork") == 0 || strcmp(mode, "cleared") == 0)
        return fork_child();
    if (strcmp(mode, "exec") == 0 && argc > 2)
        execv(argv[2], argv + 2);
    return 0;
}
