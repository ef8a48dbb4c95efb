/* heap_call_counted.c: the calls with their instructions, by the AAPCS: a struct heap_layout travels in two registers. */
#include "heap_call.h"

#include <string.h>

#include <heap/policy.h>

#include "instructions.h"

const bool heap_call_counts = true;
bool heap_call_bare;

#define ADDRESS(thing) ((uint32_t)(uintptr_t)(thing))

/* The policy's function with what heap.c would give it; .function 0 where heap.c would not call it. */
static struct instructions_call bare_call(struct heap *heap, const struct heap_call *call)
{
    const struct heap_policy *policy = heap->policy;
    const struct heap_layout layout = call->layout;
    const uint32_t h = ADDRESS(heap), off = heap_offset_of(heap, call->pointer), size = call->size;
    const uint32_t align = call->op == HEAP_CALL_ALIGNED && call->align > heap->natural ? call->align : heap->natural;
    if (call->op == HEAP_CALL_FREE) {
        return (struct instructions_call){.function = off == HEAP_NONE ? 0 : ADDRESS(policy->free), .arguments = {h, off, layout.size, layout.align}};
    }
    if (size == 0 || size >= heap->bytes || align > heap->arena_align || (call->op == HEAP_CALL_REALLOC && off == HEAP_NONE)) {
        return (struct instructions_call){.function = 0};
    }
    if (call->op == HEAP_CALL_REALLOC) {
        return (struct instructions_call){.function = ADDRESS(policy->realloc), .arguments = {h, off, layout.size, layout.align, size}};
    }
    return (struct instructions_call){.function = ADDRESS(policy->alloc), .arguments = {h, size, align}};
}

/* False: not a call of the policy's. */
static bool make_bare(struct heap *heap, struct heap_call *call)
{
    struct instructions_call counted = bare_call(heap, call);
    if (counted.function == 0) {
        return false;
    }
    call->instructions = (uint32_t)instructions_count(&counted);
    if (call->op == HEAP_CALL_FREE) {
        call->error = (int)counted.result;
        return true;
    }
    call->pointer = heap_pointer_at(heap, counted.result);
    if (call->op == HEAP_CALL_CALLOC && call->pointer != NULL) {
        memset(call->pointer, 0, call->size);
    }
    return true;
}

void heap_call_make(struct heap *heap, struct heap_call *call)
{
    if (heap_call_bare && make_bare(heap, call)) {
        return;
    }
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
