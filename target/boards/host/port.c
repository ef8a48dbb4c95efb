/* port.c: an ordinary program instead of a board: the apps with the host's words (64 bits, or 32 with -m32), for comparison. */
#include "port.h"

#include <stdio.h>
#include <stdlib.h>

#define HEAP_BYTES (64u << 20)
#define TABLE_BYTES (64u << 20)
#define MAX_FILES 4

static FILE *files[MAX_FILES];

static struct port_memory memory_of(uint8_t **memory, uint32_t bytes)
{
    if (*memory == NULL) {
        *memory = aligned_alloc(4096, bytes);
    }
    return (struct port_memory){*memory, *memory == NULL ? 0 : bytes};
}

struct port_memory port_heap_memory(void)
{
    static uint8_t *memory;
    return memory_of(&memory, HEAP_BYTES);
}

struct port_memory port_table_memory(void)
{
    static uint8_t *memory;
    return memory_of(&memory, TABLE_BYTES);
}

int32_t port_open(const char *path)
{
    for (int32_t i = 0; i < MAX_FILES; i++) {
        if (files[i] == NULL) {
            files[i] = fopen(path, "rb");
            return files[i] == NULL ? -1 : i;
        }
    }
    return -1;
}

int32_t port_read(int32_t handle, void *into, uint32_t bytes)
{
    const size_t got = fread(into, 1, bytes, files[handle]);
    return got < bytes && ferror(files[handle]) ? -1 : (int32_t)got;
}

void port_allow_unaligned(void) {}

void port_write(const char *text, uint32_t bytes)
{
    (void)fwrite(text, 1, bytes, stdout);
}
