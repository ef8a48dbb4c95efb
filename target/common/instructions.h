/* instructions.h: how many instructions a call takes, exactly.
 *
 * Under `qemu -icount shift=10` every instruction takes 1,024 ns of the machine's time, and SysTick counts that time at the
 * processor's clock: BOARD_TICKS_NUMERATOR / BOARD_TICKS_DENOMINATOR ticks an instruction, so many more than one that a rounded
 * quotient is exact. The 24-bit counter wraps after 655,360 instructions at 25 MHz; its interrupt counts the wraps, and the
 * handler's own instructions are taken off. The app `selftest` holds all this against code of known length.
 * On hardware the same code gives clock cycles divided by that ratio: figures mean something under the emulator only. */
#ifndef INSTRUCTIONS_H
#define INSTRUCTIONS_H

#include <stdint.h>

/* A call of any function of up to five words of arguments and one word of result, by the AAPCS. */
struct instructions_call {
    uint32_t function;     /* its address, thumb bit set */
    uint32_t arguments[5]; /* r0 … r3 and the stack's first word */
    uint32_t result;       /* filled in */
    uint32_t start, end;   /* the counter; filled in */
};

void instructions_start(void); /* once, at start-up */

/* Makes the call. The instructions executed from the function's first to its return, both included. Not re-entrant. */
uint64_t instructions_count(struct instructions_call *call);

void instructions_tick(void); /* SysTick's handler */

#endif
