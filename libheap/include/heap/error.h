/* error.h: what a call can report: 0 or one of these, from one list of code, name and text. Codes are stable. */
#ifndef HEAP_ERROR_H
#define HEAP_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#define HEAP_ERRORS(X)                                                                             \
    X(-1, ARGUMENT, "an argument is out of its range")                                             \
    X(-2, ALIGNMENT, "the alignment is not a power of two, or larger than the arena's")            \
    X(-3, TOO_SMALL, "the memory is too small for this policy")                                    \
    X(-4, TOO_LARGE, "the request is larger than the heap can ever serve")                         \
    X(-5, NO_MEMORY, "no free block is large enough")                                              \
    X(-6, FOREIGN, "the pointer is not into this heap")                                            \
    X(-7, MISALIGNED, "the pointer is not aligned as a payload is")                                \
    X(-8, NOT_LIVE, "no live block begins there: freed already, or inside another block")          \
    X(-9, CORRUPT, "the heap's own data is damaged")                                               \
    X(-10, UNSUPPORTED, "this policy cannot do that")                                              \
    X(-11, REGIONS, "no more regions: raise HEAP_MAX_REGIONS")                                     \
    X(-12, POLICY, "no policy: set config->policy, or compile with HEAP_ONE_POLICY")                \
    X(-13, LAYOUT, "this policy keeps no sizes: free and realloc need the block's layout (heap_free_sized)")

enum heap_error {
    HEAP_OK = 0,
    HEAP_RELEASED = 1, /* lab, faithful replicas: realloc returned NULL and gave the block back, as the original does */
#define X(code, name, text) HEAP_E_##name = code,
    HEAP_ERRORS(X)
#undef X
};

/* "NOT_LIVE" and its sentence; static strings; "?" for an unknown code. Thread- and interrupt-safe. */
const char *heap_error_name(int code);
const char *heap_error_text(int code);

#ifdef __cplusplus
}
#endif
#endif
