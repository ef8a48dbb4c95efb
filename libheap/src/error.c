/* error.c: the names and sentences of heap/error.h; linked only where somebody prints them. */
#include <heap/error.h>

const char *heap_error_name(int code)
{
    switch (code) {
    case 0: return "OK";
#define X(value, name, text) case value: return #name;
        HEAP_ERRORS(X)
#undef X
    default: return "?";
    }
}

const char *heap_error_text(int code)
{
    switch (code) {
    case 0: return "no error";
#define X(value, name, text) case value: return text;
        HEAP_ERRORS(X)
#undef X
    default: return "unknown error";
    }
}
