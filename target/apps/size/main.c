/* main.c of size: the least program that uses a heap, so that the linker shows what a policy costs. Built with a policy and,
 * as the baseline, without one; the difference of their text is the policy's, with libheap's own code. */
#include <stddef.h>
#include <stdint.h>

#include "port.h"

#ifdef HEAP_ONE_POLICY
#include <heap/heap.h>

static struct heap heap;

static void *use_heap(void *pointer, size_t size)
{
    const struct port_memory memory = port_heap_memory();
    if (pointer == NULL && heap_init(&heap, NULL, memory.base, memory.bytes) != HEAP_OK) {
        return NULL;
    }
    pointer = heap_malloc(&heap, size);
#if SIZE_WITH_REALLOC
    pointer = heap_realloc(&heap, pointer, size * 2);
    pointer = pointer == NULL ? heap_calloc(&heap, 2, size) : pointer;
#endif
    return heap_free(&heap, pointer) == HEAP_OK ? pointer : NULL;
}
#else
static void *use_heap(void *pointer, size_t size)
{
    return size != 0 ? pointer : port_heap_memory().base;
}
#endif

int main(int argc, char **argv)
{
    return use_heap(argv, (size_t)argc) != NULL;
}
