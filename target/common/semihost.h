/* semihost.h: calls to the debugger or emulator that a Cortex-M hangs on ("Semihosting for AArch32 and AArch64", Arm IHI 0203). */
#ifndef SEMIHOST_H
#define SEMIHOST_H

#include <stdint.h>

enum semihost_mode { SEMIHOST_READ = 1, SEMIHOST_WRITE = 4 }; /* "rb" and "w" of fopen */

int32_t semihost_open(const char *path, enum semihost_mode mode); /* ":tt" is the console; negative: failed */
uint32_t semihost_read(int32_t handle, void *into, uint32_t bytes);       /* bytes NOT read */
uint32_t semihost_write(int32_t handle, const void *from, uint32_t bytes); /* bytes NOT written */
int semihost_seek(int32_t handle, uint32_t position);                     /* 0, or negative */
int semihost_command_line(char *into, uint32_t room);                     /* 0, or negative: none, or longer than `room` */
_Noreturn void semihost_exit(int code);

#endif
