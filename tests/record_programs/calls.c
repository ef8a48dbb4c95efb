/* calls.c: every recorded function, in an order that tests/test_record.c knows by heart. Prints nothing, so that nothing else allocates. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

static void *volatile keep; /* the compiler must not see that a block is unused */

static void *use(void *block)
{
    keep = block;
    return keep;
}

__attribute__((noinline)) static void *named_function(void)
{
    return use(malloc(100));
}

int main(void)
{
    volatile size_t huge = SIZE_MAX / 2 + 1, many = SIZE_MAX / 2 + 1; /* over PTRDIFF_MAX: never served */
    void *a = named_function();
    void *b = use(calloc(10, 7));
    a = use(realloc(a, 300));
    a = use(reallocarray(a, 20, 30));
    void *c = use(memalign(64, 50));
    void *d = NULL;
    if (posix_memalign(&d, 128, 200) != 0)
        return 1;
    void *e = use(aligned_alloc(256, 512));
    void *f = use(valloc(10));
    void *g = use(pvalloc(10));
    if (use(malloc(huge)) != NULL || use(calloc(many, 4)) != NULL || use(realloc(b, huge)) != NULL || use(reallocarray(b, many, 4)) != NULL)
        return 1;
    free(NULL);
    a = use(realloc(a, 0));
    void *h = use(realloc(NULL, 40));
    void *i = use(malloc(0));
    free(b);
    free(c);
    free(d);
    free(e);
    free(f);
    free(g);
    free(h);
    free(i);
    return a == NULL ? 0 : 1;
}
