/* bits.h: the bit tricks and the rounding that policies share. Arguments are checked by the caller; nothing here can overflow
 * where the comment's condition holds. The GCC and Clang builtins become CLZ/RBIT on ARMv7-M and a short routine on ARMv6-M. */
#ifndef HEAP_BITS_H
#define HEAP_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* value != 0 for the four below */
static inline uint32_t bits_lowest(uint32_t value) { return (uint32_t)__builtin_ctz(value); }
static inline uint32_t bits_highest(uint32_t value) { return 31u - (uint32_t)__builtin_clz(value); }
static inline uint32_t bits_lowest_power(uint32_t value) { return value & (0u - value); }
static inline uint32_t bits_log2_ceil(uint32_t value) { return value == 1 ? 0 : bits_highest(value - 1) + 1; }

static inline bool bits_is_power(uint32_t value) { return value != 0 && (value & (value - 1)) == 0; }

/* align is a power of two; value <= UINT32_MAX - align + 1 for up */
static inline uint32_t bits_up(uint32_t value, uint32_t align) { return (value + (align - 1)) & ~(align - 1); }
static inline uint32_t bits_down(uint32_t value, uint32_t align) { return value & ~(align - 1); }

#endif
