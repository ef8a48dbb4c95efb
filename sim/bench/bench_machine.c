/* bench_machine.c: what the figures were measured on. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "?"
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED ", sanitizers"
#else
#define SANITIZED ""
#endif

#if defined(NDEBUG) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define RELEASE true
#else
#define RELEASE false
#endif

#ifndef HEAPLAB_BUILD_TYPE
#define HEAPLAB_BUILD_TYPE "?"
#endif

/* What follows `key` and its separator in the first line that begins with it. */
static void find_line(const char *path, const char *key, const char *separators, char *text, size_t size)
{
    char line[512];
    FILE *file = fopen(path, "r");
    bool found = false;
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        found = strncmp(line, key, strlen(key)) == 0;
    }
    if (found) {
        const char *value = line + strlen(key);
        value += strspn(value, separators);
        snprintf(text, size, "%.*s", (int)strcspn(value, "\"\n"), value);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

void bench_machine_read(struct bench_machine *machine)
{
    char system[96] = "?";
    struct utsname names;
    const time_t now = time(NULL);
    struct tm local;
    *machine = (struct bench_machine){.cpu = "?", .system = "?", .date = "?", .release = RELEASE};
    find_line("/proc/cpuinfo", "model name", "\t: ", machine->cpu, sizeof machine->cpu);
    find_line("/etc/os-release", "PRETTY_NAME=", "\"", system, sizeof system);
    if (uname(&names) == 0) {
        snprintf(machine->system, sizeof machine->system, "%s, %.16s %.40s", system, names.sysname, names.release);
    }
    snprintf(machine->compiler, sizeof machine->compiler, "%s", COMPILER);
    snprintf(machine->build, sizeof machine->build, "%s%s", HEAPLAB_BUILD_TYPE[0] == '\0' ? "?" : HEAPLAB_BUILD_TYPE, SANITIZED);
    if (localtime_r(&now, &local) != NULL) {
        (void)strftime(machine->date, sizeof machine->date, "%Y-%m-%d %H:%M", &local);
    }
    const long cores = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    machine->cores = cores < 1 ? 1 : (unsigned)cores;
    machine->memory_gib = pages < 1 || page < 1 ? 0 : (double)pages * (double)page / 1073741824.0;
    double load[1] = {0};
    machine->load_average = getloadavg(load, 1) == 1 ? load[0] : 0;
}
