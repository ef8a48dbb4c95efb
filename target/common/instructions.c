/* instructions.c: the counter, its wraps, and the call between two looks at it. */
#include "instructions.h"

#include <stddef.h>

#include "board.h"

#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define SYST_RUN_AND_INTERRUPT 7u /* enable, interrupt, processor clock */
#define SYST_TURN 0x1000000u      /* ticks from wrap to wrap */

#define CALL_OVERHEAD 2u /* between the two looks beside the callee: the call, and the second look itself */
#define TICK_INSTRUCTIONS 5u

volatile uint32_t instructions_wraps;

void instructions_start(void)
{
    SYST_RVR = SYST_TURN - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_RUN_AND_INTERRUPT;
}

/* TICK_INSTRUCTIONS of them. */
__attribute__((naked)) void instructions_tick(void)
{
    __asm__ volatile("ldr r0, =instructions_wraps\n"
                     "ldr r1, [r0]\n"
                     "adds r1, r1, #1\n"
                     "str r1, [r0]\n"
                     "bx lr\n");
}

_Static_assert(offsetof(struct instructions_call, arguments) == 4 && offsetof(struct instructions_call, result) == 24 &&
                   offsetof(struct instructions_call, start) == 28 && offsetof(struct instructions_call, end) == 32,
               "the assembly below knows these");

/* ARMv6-M's instructions only, so that every Cortex-M runs it. */
__attribute__((naked)) static void measured_call(struct instructions_call *call)
{
    (void)call;
    __asm__ volatile("push {r4, r5, r6, lr}\n"
                     "sub sp, #8\n"
                     "mov r4, r0\n"
                     "ldr r0, [r4, #20]\n"
                     "str r0, [sp]\n"
                     "ldr r0, [r4]\n"
                     "mov r12, r0\n"
                     "ldr r5, =0xE000E018\n" /* SYST_CVR */
                     "ldr r0, [r4, #4]\n"
                     "ldr r1, [r4, #8]\n"
                     "ldr r2, [r4, #12]\n"
                     "ldr r3, [r4, #16]\n"
                     "ldr r6, [r5]\n"
                     "blx r12\n"
                     "ldr r1, [r5]\n"
                     "str r0, [r4, #24]\n"
                     "str r6, [r4, #28]\n"
                     "str r1, [r4, #32]\n"
                     "add sp, #8\n"
                     "pop {r4, r5, r6, pc}\n");
}

/* The wraps so far and the counter, from one moment between two wraps. */
static uint32_t wraps_now(uint32_t *counter)
{
    for (;;) {
        const uint32_t wraps = instructions_wraps;
        *counter = SYST_CVR;
        if (wraps == instructions_wraps) {
            return wraps;
        }
    }
}

uint64_t instructions_count(struct instructions_call *call)
{
    uint32_t before = 0, after = 0;
    uint32_t wraps = wraps_now(&before);
    measured_call(call);
    uint32_t all = wraps_now(&after) - wraps;
    /* Wraps in the gaps between these looks and the call's own are not the call's. The counter goes down: more means a wrap. */
    all -= call->start > before ? 1u : 0u;
    all -= after > call->end ? 1u : 0u;
    const uint64_t ticks = (uint64_t)all * SYST_TURN + call->start - call->end;
    const uint64_t instructions = (ticks * BOARD_TICKS_DENOMINATOR + BOARD_TICKS_NUMERATOR / 2) / BOARD_TICKS_NUMERATOR;
    return instructions - (uint64_t)all * TICK_INSTRUCTIONS - CALL_OVERHEAD;
}
