/* record_program.c: every reason for which LD_PRELOAD would quietly record nothing is an error here, before anything runs. */
#include "record_program.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record_elf.h"

#define SCRIPT_DEPTH 4 /* scripts run by scripts: the kernel's own bound is near */

static bool is_program_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool search_path(const char *name, char *found, size_t size)
{
    const char *dirs = getenv("PATH");
    for (const char *dir = dirs == NULL ? "/usr/bin:/bin" : dirs; *dir != '\0';) {
        size_t length = strcspn(dir, ":");
        int used = snprintf(found, size, "%.*s%s%s", (int)length, dir, length == 0 ? "" : "/", name);
        if (used > 0 && (size_t)used < size && is_program_file(found)) {
            return true;
        }
        dir += length + (dir[length] == ':');
    }
    return false;
}

/* The interpreter of a "#!" line; false if the file is none. */
static bool script_interpreter(const char *path, char *interpreter, size_t size)
{
    char line[PATH_MAX];
    FILE *file = fopen(path, "r");
    bool script = file != NULL && fgets(line, sizeof line, file) != NULL && line[0] == '#' && line[1] == '!';
    if (file != NULL) {
        fclose(file);
    }
    if (!script) {
        return false;
    }
    char *start = line + 2 + strspn(line + 2, " \t");
    start[strcspn(start, " \t\r\n")] = '\0';
    snprintf(interpreter, size, "%s", start);
    return true;
}

static bool is_machine(const struct record_elf *elf)
{
    uint32_t machine = record_elf_machine(elf);
#if defined(__x86_64__) || defined(__i386__)
    return machine == EM_X86_64 || machine == EM_386;
#elif defined(__aarch64__) || defined(__arm__)
    return machine == EM_AARCH64 || machine == EM_ARM;
#else
    return machine != EM_NONE;
#endif
}

static int check_elf(const char *path, const struct record_elf *elf, struct record_error *error)
{
    struct stat st;
    const char *loader = record_elf_interpreter(elf);
    if (!is_machine(elf)) {
        return record_fail(error, RECORD_E_PROGRAM, "%s: made for another kind of machine", path);
    }
    if (loader == NULL) {
        return record_fail(error, RECORD_E_PROGRAM,
                           "%s: statically linked, so its malloc cannot be recorded; link it dynamically (without -static)", path);
    }
    if (strstr(loader, "musl") != NULL) {
        return record_fail(error, RECORD_E_PROGRAM, "%s: linked with musl (%s); the recorder works with glibc only", path, loader);
    }
    if (access(loader, X_OK) != 0) {
        return record_fail(error, RECORD_E_PROGRAM, "%s: its loader %s is not installed", path, loader);
    }
    if (stat(path, &st) == 0 && (((st.st_mode & S_ISUID) != 0 && st.st_uid != geteuid()) ||
                                 ((st.st_mode & S_ISGID) != 0 && st.st_gid != getegid()))) {
        return record_fail(error, RECORD_E_PROGRAM,
                           "%s: runs as another user or group (set-user-id), and the system preloads nothing into such programs; record a "
                           "copy without that bit, or as that user", path);
                                 }
    return 0;
}

static int check_file(const char *path, struct record_program *program, struct record_error *error)
{
    char current[PATH_MAX], next[PATH_MAX];
    snprintf(current, sizeof current, "%s", path);
    for (int depth = 0; depth < SCRIPT_DEPTH; depth++) {
        struct record_elf *elf = record_elf_open(current);
        if (elf != NULL) {
            int result = check_elf(current, elf, error);
            program->word_bits = record_elf_word_bits(elf);
            record_elf_close(elf);
            return result;
        }
        if (!script_interpreter(current, next, sizeof next)) {
            return record_fail(error, RECORD_E_PROGRAM, "%s: neither a program (ELF) nor a script with a #! line", current);
        }
        if (!is_program_file(next)) {
            return record_fail(error, RECORD_E_PROGRAM, "%s: its interpreter %s is not there", current, next);
        }
        memcpy(current, next, sizeof current);
    }
    return record_fail(error, RECORD_E_PROGRAM, "%s: scripts run by scripts, more than %d deep", path, SCRIPT_DEPTH);
}

int record_program_find(const char *name, struct record_program *program, struct record_error *error)
{
    if (strchr(name, '/') == NULL) {
        if (!search_path(name, program->path, sizeof program->path)) {
            return record_fail(error, RECORD_E_PROGRAM, "%s: no such program in PATH", name);
        }
    } else {
        struct stat st;
        if (strlen(name) >= sizeof program->path) {
            return record_fail(error, RECORD_E_PROGRAM, "%.80s…: name too long", name);
        }
        strcpy(program->path, name);
        if (stat(name, &st) != 0) {
            return record_fail(error, RECORD_E_PROGRAM, "%s: %s", name, strerror(errno));
        }
        if (!is_program_file(name)) {
            return record_fail(error, RECORD_E_PROGRAM, "%s: not an executable file", name);
        }
    }
    return check_file(program->path, program, error);
}
