/* heap_call_plain.c: the calls, uncounted. */
#include "heap_call.h"

const bool heap_call_counts = false;
bool heap_call_bare;

void heap_call_make(struct heap *heap, struct heap_call *call)
{
    switch (call->op) {
    case HEAP_CALL_MALLOC: call->pointer = heap_malloc(heap, call->size); break;
    case HEAP_CALL_CALLOC: call->pointer = heap_calloc(heap, 1, call->size); break;
    case HEAP_CALL_ALIGNED: call->pointer = heap_aligned_alloc(heap, call->align, call->size); break;
    case HEAP_CALL_REALLOC: call->pointer = heap_realloc_sized(heap, call->pointer, call->layout, call->size); break;
    case HEAP_CALL_FREE: call->error = heap_free_sized(heap, call->pointer, call->layout); break;
    }
    call->instructions = 0;
}
