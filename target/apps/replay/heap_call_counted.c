/* heap_call_counted.c: the calls with their instructions, by the AAPCS: a struct heap_layout travels in two registers. */
#include "heap_call.h"
#include "instructions.h"

const bool heap_call_counts = true;

#define ADDRESS(thing) ((uint32_t)(uintptr_t)(thing))

void heap_call_make(struct heap *heap, struct heap_call *call)
{
    const uint32_t h = ADDRESS(heap), p = ADDRESS(call->pointer), size = call->size;
    const struct heap_layout layout = call->layout;
    struct instructions_call counted = {0};
    switch (call->op) {
    case HEAP_CALL_MALLOC: counted = (struct instructions_call){.function = ADDRESS(heap_malloc), .arguments = {h, size}}; break;
    case HEAP_CALL_CALLOC: counted = (struct instructions_call){.function = ADDRESS(heap_calloc), .arguments = {h, 1, size}}; break;
    case HEAP_CALL_ALIGNED:
        counted = (struct instructions_call){.function = ADDRESS(heap_aligned_alloc), .arguments = {h, call->align, size}};
        break;
    case HEAP_CALL_REALLOC:
        counted = (struct instructions_call){.function = ADDRESS(heap_realloc_sized), .arguments = {h, p, layout.size, layout.align, size}};
        break;
    case HEAP_CALL_FREE:
        counted = (struct instructions_call){.function = ADDRESS(heap_free_sized), .arguments = {h, p, layout.size, layout.align}};
        break;
    }
    const uint64_t instructions = instructions_count(&counted);
    call->instructions = instructions < UINT32_MAX ? (uint32_t)instructions : UINT32_MAX;
    if (call->op == HEAP_CALL_FREE) {
        call->error = (int)counted.result;
    } else {
        call->pointer = (void *)(uintptr_t)counted.result;
    }
}
