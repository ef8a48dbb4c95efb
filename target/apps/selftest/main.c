/* main.c of selftest: the machine under the apps. Holds the instruction counter against code of known length, and provokes faults.
 *
 *     selftest count | unaligned | bus | null | undefined | divide | stack
 *
 * `count` exits 0 if every count is right; the others must end in the fault handler. */
#include <stdint.h>
#include <string.h>

#include "instructions.h"
#include "print.h"

#define ADDRESS(function) ((uint32_t)(uintptr_t)(function))

/* N no-operations and the return: N + 1 instructions. */
#define STRAIGHT(N)                                                               \
    __attribute__((naked)) static void straight_##N(void)                         \
    {                                                                             \
        __asm__ volatile(".rept " #N "\n nop\n .endr\n bx lr\n");                 \
    }
STRAIGHT(0)
STRAIGHT(1)
STRAIGHT(2)
STRAIGHT(3)
STRAIGHT(17)
STRAIGHT(999)

/* `turns` turns of two instructions each, and the return. */
__attribute__((naked)) static void loop(uint32_t turns)
{
    (void)turns;
    __asm__ volatile("1: subs r0, r0, #1\n bne 1b\n bx lr\n");
}

/* The fifth argument back: three instructions. */
__attribute__((naked)) static uint32_t fifth(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
    (void)a, (void)b, (void)c, (void)d, (void)e;
    __asm__ volatile("ldr r0, [sp]\n nop\n bx lr\n");
}

static int expect(const char *what, uint32_t function, uint32_t argument, uint64_t expected)
{
    struct instructions_call call = {.function = function, .arguments = {argument, 0, 0, 0, 77}};
    const uint64_t counted = instructions_count(&call);
    print_text(what);
    print_text(" expected ");
    print_unsigned(expected);
    print_text(" counted ");
    print_unsigned(counted);
    print_line();
    return counted == expected ? 0 : 1;
}

static int count(void)
{
    static const uint32_t turns[] = {1, 10, 1000, 300000, 327670, 327680, 327690, 655360, 1000000, 3000000};
    int wrong = 0;
    wrong += expect("straight", ADDRESS(straight_0), 0, 1);
    wrong += expect("straight", ADDRESS(straight_1), 0, 2);
    wrong += expect("straight", ADDRESS(straight_2), 0, 3);
    wrong += expect("straight", ADDRESS(straight_3), 0, 4);
    wrong += expect("straight", ADDRESS(straight_17), 0, 18);
    wrong += expect("straight", ADDRESS(straight_999), 0, 1000);
    wrong += expect("fifth argument", ADDRESS(fifth), 0, 3);
    for (uint32_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        wrong += expect("loop", ADDRESS(loop), turns[i], 2 * (uint64_t)turns[i] + 1);
    }
    for (uint32_t i = 0; i < 20000; i++) { /* wherever the counter happens to stand, wraps between and inside calls */
        struct instructions_call call = {.function = ADDRESS(loop), .arguments = {i % 300}};
        const uint64_t expected = 2 * (uint64_t)(i % 300) + 1;
        if (i % 300 != 0 && instructions_count(&call) != expected) {
            wrong++;
        }
    }
    print_pair("wrong", (uint64_t)wrong);
    return wrong == 0 ? 0 : 1;
}

static uint32_t deepen(uint32_t depth)
{
    volatile uint8_t frame[1024];
    memset((void *)(uintptr_t)frame, (int)depth, sizeof frame);
    return depth == 0 ? 0 : deepen(depth - 1) + frame[depth % sizeof frame];
}

static void provoke(const char *what)
{
    static uint32_t words[2];
    static volatile uint32_t none; /* 0, but the compiler does not know */
    const uint32_t zero = none;
    if (strcmp(what, "unaligned") == 0) {
        __asm__ volatile("str %0, [%1, #1]" : : "r"(zero), "r"(words) : "memory"); /* in C the compiler would write bytes */
    } else if (strcmp(what, "bus") == 0) {
        *(volatile uint32_t *)0x60000000u = 1; /* nothing is there */
    } else if (strcmp(what, "null") == 0) {
        *(volatile uint32_t *)(uintptr_t)zero = 1;
    } else if (strcmp(what, "undefined") == 0) {
        __asm__ volatile("udf #0");
    } else if (strcmp(what, "divide") == 0) {
        uint32_t quotient = 1;
        __asm__ volatile("udiv %0, %0, %1" : "+r"(quotient) : "r"(zero));
        print_pair("quotient", quotient);
    } else if (strcmp(what, "stack") == 0) {
        print_pair("sum", deepen(1000));
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "count") == 0) {
        return count();
    }
    if (argc == 2) {
        provoke(argv[1]);
    }
    print_text("no fault was provoked");
    print_line();
    return 2;
}
