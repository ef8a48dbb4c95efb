/* port_semihosting.c: port.h on a Cortex-M, with files and output on the host by semihosting and memory from the linker script. */
#include "port.h"
#include "semihost.h"

extern uint8_t __heap_start[], __heap_end[], __table_start[], __table_end[];

struct port_memory port_heap_memory(void)
{
    return (struct port_memory){__heap_start, (uint32_t)(__heap_end - __heap_start)};
}

struct port_memory port_table_memory(void)
{
    return (struct port_memory){__table_start, (uint32_t)(__table_end - __table_start)};
}

int32_t port_open(const char *path)
{
    return semihost_open(path, SEMIHOST_READ);
}

int32_t port_read(int32_t handle, void *into, uint32_t bytes)
{
    const uint32_t missing = semihost_read(handle, into, bytes);
    return missing > bytes ? -1 : (int32_t)(bytes - missing);
}

void port_allow_unaligned(void)
{
#if __ARM_ARCH >= 7
    *(volatile uint32_t *)0xE000ED14u &= ~(1u << 3); /* CCR.UNALIGN_TRP, which startup.c has set */
#endif
}

void port_write(const char *text, uint32_t bytes)
{
    static int32_t console = -1;
    if (console < 0) {
        console = semihost_open(":tt", SEMIHOST_WRITE);
    }
    (void)semihost_write(console, text, bytes);
}
