/* fault.c: the report of a fault. */
#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#include "print.h"
#include "semihost.h"

/* What the processor pushed when it took the exception. */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, psr;
};

extern uint8_t __stack_bottom[], __stack_top[];

_Noreturn void fault_report(uint32_t stack, uint32_t return_code) __attribute__((used));

static const char *kind_of(uint32_t exception)
{
    static const char *const kinds[] = {"thread", "reset", "NMI", "HardFault", "MemManage", "BusFault", "UsageFault"};
    return exception < sizeof kinds / sizeof kinds[0] ? kinds[exception] : "unexpected interrupt";
}

static void print_register(const char *name, uint32_t value)
{
    print_text(name);
    print_hex(value);
}

static void print_frame(uint32_t stack)
{
    const uint32_t bottom = (uint32_t)(uintptr_t)__stack_bottom, top = (uint32_t)(uintptr_t)__stack_top;
    if (stack < bottom || stack > top - sizeof(struct frame)) {
        print_text("fault: the stack has overflowed: its pointer is outside the stack");
        print_line();
        return;
    }
    const struct frame *frame = (const void *)(uintptr_t)stack;
    print_register("fault: pc ", frame->pc);
    print_register(" lr ", frame->lr);
    print_register(" psr ", frame->psr);
    print_line();
    print_register("fault: r0 ", frame->r0);
    print_register(" r1 ", frame->r1);
    print_register(" r2 ", frame->r2);
    print_register(" r3 ", frame->r3);
    print_register(" r12 ", frame->r12);
    print_line();
}

#if __ARM_ARCH >= 7
#define SCB_CFSR (*(const volatile uint32_t *)0xE000ED28u)
#define SCB_MMFAR (*(const volatile uint32_t *)0xE000ED34u)
#define SCB_BFAR (*(const volatile uint32_t *)0xE000ED38u)

static void print_cause(void)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } causes[] = {{0, "instruction access refused"}, {1, "data access refused"}, {4, "stacking refused"}, {8, "instruction bus error"},
                  {9, "data bus error"}, {10, "imprecise data bus error"}, {12, "bus error while stacking"}, {16, "undefined instruction"},
                  {17, "invalid state"}, {24, "unaligned access"}, {25, "division by zero"}};
    const uint32_t status = SCB_CFSR;
    print_register("fault: cfsr ", status);
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if ((status >> causes[i].bit & 1u) != 0) {
            print_text(", ");
            print_text(causes[i].text);
        }
    }
    print_line();
    if ((status >> 7 & 1u) != 0) {
        print_register("fault: address ", SCB_MMFAR);
        print_line();
    }
    if ((status >> 15 & 1u) != 0) {
        print_register("fault: address ", SCB_BFAR);
        print_line();
    }
}
#else
static void print_cause(void) {}
#endif

_Noreturn void fault_report(uint32_t stack, uint32_t return_code)
{
    uint32_t exception = 0;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    print_line(); /* ends a line half printed */
    print_text("fault: ");
    print_text(kind_of(exception));
    print_register(", exception return ", return_code);
    print_register(", sp ", stack);
    print_line();
    print_cause();
    print_frame(stack);
    semihost_exit(FAULT_EXIT_CODE);
}

__attribute__((naked)) void fault_handler(void)
{
    __asm__ volatile("mov r0, sp\n"
                     "mov r1, lr\n"
                     "ldr r2, =__fault_stack_top\n"
                     "mov sp, r2\n"
                     "bl fault_report\n");
}
