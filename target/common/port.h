/* port.h: what an app needs of the machine it runs on. Two implementations: port_semihosting.c on a Cortex-M, and boards/host/port.c,
 * which makes an ordinary program of the same app: that is how the boards' code is also run with 32-bit words on a PC. */
#ifndef PORT_H
#define PORT_H

#include <stdint.h>

struct port_memory {
    uint8_t *base;
    uint32_t bytes;
};

/* The heap's memory, from a multiple of 4096, and memory for tables, from a multiple of 8. The same at every call; not cleared. */
struct port_memory port_heap_memory(void);
struct port_memory port_table_memory(void);

/* Opens a file of the host for reading: a handle, or negative. */
int32_t port_open(const char *path);

/* Reads up to `bytes` bytes: how many, less only at the end of the file; negative on an error. */
int32_t port_read(int32_t handle, void *into, uint32_t bytes);

/* Accesses at any address are not faults from here on, where the processor has them: for apps built with the compiler's own settings. */
void port_allow_unaligned(void);

/* Writes to the host's standard output. */
void port_write(const char *text, uint32_t bytes);

#endif
