/* board.h: what the common code must know of mps2-an385 (Cortex-M3 at 25 MHz). */
#ifndef BOARD_H
#define BOARD_H

#define BOARD_NAME "mps2-an385"

/* SysTick ticks an instruction under `qemu -icount shift=10`: an instruction takes 2^10 ns of the machine's time, a tick of the
 * 25 MHz clock takes 40 ns, so 25.6 = 128/5. */
#define BOARD_TICKS_NUMERATOR 128u
#define BOARD_TICKS_DENOMINATOR 5u

/* For the memory protection unit: the code, read-only, and the hole right below the stack, out of bounds. 2^BITS bytes each. */
#define BOARD_CODE_BASE 0x00000000u
#define BOARD_CODE_BITS 22
#define BOARD_GUARD_BASE 0x10000000u
#define BOARD_GUARD_BITS 28

/* The external interrupts' vectors: no app uses one, so each leads to `handler`. */
#define BOARD_INTERRUPTS 32
#define BOARD_VECTORS_8(handler) handler, handler, handler, handler, handler, handler, handler, handler
#define BOARD_VECTORS(handler) {BOARD_VECTORS_8(handler), BOARD_VECTORS_8(handler), BOARD_VECTORS_8(handler), BOARD_VECTORS_8(handler)}

#endif
