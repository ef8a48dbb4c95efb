/* semihost.c: the breakpoint instruction that the debugger answers. */
#include "semihost.h"

#include <stddef.h>
#include <string.h>

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_SEEK = 0x0A, SYS_GET_CMDLINE = 0x15, SYS_EXIT_EXTENDED = 0x20 };

#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

static uint32_t call(uint32_t operation, void *arguments)
{
    register uint32_t r0 __asm__("r0") = operation;
    register void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static uint32_t word(const void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

int32_t semihost_open(const char *path, enum semihost_mode mode)
{
    uint32_t arguments[3] = {word(path), (uint32_t)mode, (uint32_t)strlen(path)};
    return (int32_t)call(SYS_OPEN, arguments);
}

uint32_t semihost_read(int32_t handle, void *into, uint32_t bytes)
{
    uint32_t arguments[3] = {(uint32_t)handle, word(into), bytes};
    return call(SYS_READ, arguments);
}

uint32_t semihost_write(int32_t handle, const void *from, uint32_t bytes)
{
    uint32_t arguments[3] = {(uint32_t)handle, word(from), bytes};
    return call(SYS_WRITE, arguments);
}

int semihost_seek(int32_t handle, uint32_t position)
{
    uint32_t arguments[2] = {(uint32_t)handle, position};
    return (int)call(SYS_SEEK, arguments);
}

int semihost_command_line(char *into, uint32_t room)
{
    uint32_t arguments[2] = {word(into), room};
    return (int)call(SYS_GET_CMDLINE, arguments);
}

_Noreturn void semihost_exit(int code)
{
    uint32_t arguments[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    for (;;) { /* a debugger may let the program go on */
        (void)call(SYS_EXIT_EXTENDED, arguments);
    }
}
