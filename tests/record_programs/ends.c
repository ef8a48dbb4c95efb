/* ends.c MODE [PROGRAM ARGS…]: 10,000 allocations of 24 bytes, then an end of every kind.
 *   return  exit by main's return        abort, kill, _exit  what they say
 *   fork    a child frees 5 of the parent's blocks, allocates 7 of its own, and _exits
 *   exec    becomes PROGRAM              closed  closes every descriptor first, then allocates 10,000 more
 *   clean   exit status 0 if and only if nothing was allocated before main */

#include <malloc.h>
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
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(24);
    if (strcmp(mode, "abort") == 0)
        abort();
    if (strcmp(mode, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(mode, "_exit") == 0)
        _exit(3);
    if (strcmp(mode, "fork") == 0)
        return fork_child();
    if (strcmp(mode, "exec") == 0 && argc > 2)
        execv(argv[2], argv + 2);
    return 0;
}
