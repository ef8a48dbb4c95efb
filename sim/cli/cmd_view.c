/* cmd_view.c: hands over to the viewer, a program of its own so that the command line needs no window system. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* heaplab-view beside this program, or on the PATH. */
int cmd_view(int argc, char **argv)
{
    char self[PATH_MAX], beside[PATH_MAX + 32];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char **arguments = calloc((size_t)argc + 1, sizeof *arguments);
    if (arguments == NULL) {
        return cli_fail(CLI_RESOURCES, "out of memory");
    }
    memcpy(arguments, argv, (size_t)argc * sizeof *arguments);
    arguments[0] = (char[]){"heaplab-view"};
    if (length > 0) {
        self[length] = '\0';
        snprintf(beside, sizeof beside, "%s/heaplab-view", dirname(self));
        execv(beside, arguments);
    }
    execvp("heaplab-view", arguments);
    const int error = errno;
    free(arguments);
    return error == ENOENT ? cli_fail(CLI_RESOURCES, "heaplab-view is not installed: it was left out of this build where SDL2 was missing")
                           : cli_fail(CLI_RESOURCES, "cannot start heaplab-view: %s", strerror(error));
}
