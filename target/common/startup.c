/* startup.c: from reset to main. The vector table; memory set up; traps on; the command line cut into words.
 *
 * The memory protection unit keeps the program off what is below the stack and off its own code, address 0 included: a stack
 * overflow and a write through NULL are faults. Traps that are off after reset are turned on: a division by zero and an unaligned access
 * are faults here: built for ARMv6-M, or with -mno-unaligned-access, libheap makes none. Apps built otherwise turn that one off. */
#include <stdint.h>
#include <string.h>

#include "board.h"
#include "fault.h"
#include "instructions.h"
#include "semihost.h"

#define MAX_ARGUMENTS 16
#define COMMAND_LINE_BYTES 1024

extern uint8_t __stack_top[], __data_start[], __data_end[], __bss_start[], __bss_end[];
extern const uint8_t __data_load[];

int main(int argc, char **argv);
_Noreturn void reset_handler(void);

#if __ARM_ARCH >= 7
#define SCB_CCR (*(volatile uint32_t *)0xE000ED14u)
#define SCB_SHCSR (*(volatile uint32_t *)0xE000ED24u)
#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_DIV_0_TRP (1u << 4)
#define SHCSR_USAGE_BUS_MEMORY (7u << 16)

static void turn_traps_on(void)
{
    SCB_CCR |= CCR_UNALIGN_TRP | CCR_DIV_0_TRP;
    SCB_SHCSR |= SHCSR_USAGE_BUS_MEMORY; /* their own handlers, so that the report names the kind */
}
#if __ARM_ARCH == 7 /* ARMv8-M's unit is another one */
#define MPU_CTRL (*(volatile uint32_t *)0xE000ED94u)
#define MPU_RBAR (*(volatile uint32_t *)0xE000ED9Cu)
#define MPU_RASR (*(volatile uint32_t *)0xE000EDA0u)
#define RBAR_REGION(number) (1u << 4 | (number))
#define RASR_ENABLE(bits) ((uint32_t)((bits) - 1) << 1 | 1u)
#define RASR_NO_ACCESS (0u << 24)
#define RASR_READ_ONLY (6u << 24)
#define CTRL_ENABLE_OVER_DEFAULT_MAP 5u

static void protect_memory(void)
{
    MPU_RBAR = BOARD_CODE_BASE | RBAR_REGION(0u);
    MPU_RASR = RASR_READ_ONLY | RASR_ENABLE(BOARD_CODE_BITS);
    MPU_RBAR = BOARD_GUARD_BASE | RBAR_REGION(1u);
    MPU_RASR = RASR_NO_ACCESS | RASR_ENABLE(BOARD_GUARD_BITS);
    MPU_CTRL = CTRL_ENABLE_OVER_DEFAULT_MAP;
    __asm__ volatile("dsb\n isb" : : : "memory");
}
#else
static void protect_memory(void) {}
#endif
#else
static void protect_memory(void) {}
static void turn_traps_on(void) {} /* ARMv6-M faults on unaligned accesses by itself, and has one fault */
#endif

/* Cuts at blanks, in place. */
static int split(char *text, char **argv)
{
    int argc = 0;
    while (argc < MAX_ARGUMENTS) {
        text += strspn(text, " ");
        if (*text == '\0') {
            break;
        }
        argv[argc++] = text;
        text += strcspn(text, " ");
        if (*text != '\0') {
            *text++ = '\0';
        }
    }
    argv[argc] = NULL;
    return argc;
}

_Noreturn void reset_handler(void)
{
    static char command_line[COMMAND_LINE_BYTES];
    static char *argv[MAX_ARGUMENTS + 1];
    memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start));
    memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
    turn_traps_on();
    protect_memory();
    instructions_start();
    if (semihost_command_line(command_line, sizeof command_line) != 0) {
        command_line[0] = '\0';
    }
    semihost_exit(main(split(command_line, argv), argv));
}

typedef void (*vector)(void);

struct vectors {
    uint8_t *initial_stack;
    vector exceptions[15];
    vector interrupts[BOARD_INTERRUPTS];
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    .initial_stack = __stack_top,
    .exceptions = {reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, 0, 0, 0, 0, fault_handler,
                   fault_handler, 0, fault_handler, instructions_tick},
    .interrupts = BOARD_VECTORS(fault_handler),
};
