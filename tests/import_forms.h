/* import_forms.h: a small recording of every form that can be imported, what it must give, and what must be said about it.
 *
 * Events as test_import.c renders them: op, id, bytes (calloc: count x bytes), then align, t, site, thread, heap and "failed" where they
 * are there. Every form holds an address that is used again after its free, a free from before the recording, and where the form can tell
 * it a failed call.
 */
#ifndef HEAPLAB_TESTS_IMPORT_FORMS_H
#define HEAPLAB_TESTS_IMPORT_FORMS_H

#include <stdbool.h>
#include <stdint.h>

struct import_form {
    const char *name, *text, *events;
    const char *note[5]; /* parts of meta.note, NULL-ended */
    const char *trace_name;
    uint32_t word_bits;
    bool timed;
};

#define MISSED "1 address was handed out again without a free; the block before it is freed there"
#define UNKNOWN "1 free of a block from before the recording is left out"

static const struct import_form import_forms[] = {
    {.name = "rep, classic",
     .text = "20000\n3\n9\n1\na 0 512\na 1 128\nr 0 640\nf 1\na 1 16\nr 2 24\nr 2 0\nf 0\nf 1\n",
     .events = "alloc 1 512\nalloc 2 128\nrealloc 1 640\nfree 2\nalloc 3 16\nalloc 4 24\nrealloc 4 0\nfree 1\nfree 3\n",
     .note = {"a CS:APP .rep", "lost: times, threads, call sites", "suggested heap size 20000, weight 1"}},
    {.name = "rep, classic, any white space",
     .text = "  4096 2\t3 0\r\na\n0 8 a 1\n\n9 f   0",
     .events = "alloc 1 8\nalloc 2 9\nfree 1\n",
     .note = {"suggested heap size 4096, weight 0"}},
    {.name = "rep, weighted",
     .text = "2\n2\n6\n700\na 0 512\nf -1\na 1 188\na 0 10\nf 0\nf 0\nthis is not read\n",
     .events = "alloc 1 512\nfree 0\nalloc 2 188\nalloc 3 10\nfree 3\n",
     .note = {"weight 2 (utilization), peak 700 bytes", UNKNOWN, "1 id was allocated again while it lived; its first block is never freed"}},
    {.name = "mtrace",
     .text = "= Start\n"
             "@ ./bin/prog:(main+0x1f)[0x401136] + 0x5690 0x18\n"
             "@ ./bin/prog:[0x1227] + 0x56b208804a0 0x18\n"
             "@ ./bin/prog:[0x123c] < 0x5690\n@ ./bin/prog:[0x123c] > 0x56b208804c0 0xfa0\n"
             "+ 0x5690 0x64\n"
             "@ ./bin/prog:[0x127b] + (nil) 0x1000\n"
             "@ ./bin/prog:[0x1298] ! 0x56b208804a0 0x2000\n"
             "- 0x5690\n- 0x56b208804a0\n- 0x9999\n"
             "+ 0x5690 0xa\n+ 0x5690 0x9\n"
             "= End\n",
     .events = "alloc 1 24 site ./bin/prog:(main+0x1f)[0x401136]\nalloc 2 24 site ./bin/prog:[0x1227]\nrealloc 1 4000 site ./bin/prog:[0x123c]\n"
               "alloc 3 100\nalloc 4 4096 site ./bin/prog:[0x127b] failed\nrealloc 2 8192 site ./bin/prog:[0x1298] failed\nfree 3\nfree 2\n"
               "alloc 5 10\nfree 5\nalloc 6 9\n",
     .note = {"glibc mtrace; lost: times, threads, alignments", UNKNOWN, MISSED},
     .trace_name = "prog", .word_bits = 64},
    {.name = "heaptrack raw",
     .text = "v 10400 3\nx d /usr/bin/prog\nX /usr/bin/prog -x\nI 1000 5e298f\n"
             "m 1 -\nm 1 x 55d90000 0 880 1000 36d 2000 104\nm e /lib/libc.so.6 7f290000 0 25388 26000 1550fc\n"
             "t 55d91213 0\nt 7f2a0010 1\n"
             "+ 18 1 1000\nc 4\n+ 20 2 2000\nR 3e3\n- 1000\nt 1 0\n+ a 3 1000\nc 5\n- 3000\n- 1000\n+ b 9 2000\n",
     .events = "alloc 1 24 t 0 site prog+0x1213\nalloc 2 32 t 4 site libc.so.6+0x10010\nfree 1 t 4\nalloc 3 10 t 4 site 0x1\nfree 3 t 5\nfree 2 t 5\n"
               "alloc 4 11 t 5\n",
     .note = {"heaptrack raw data; lost: threads, failed calls, reallocs", UNKNOWN, MISSED, "1 block has a call stack that was not told"},
     .trace_name = "prog", .word_bits = 32, .timed = true},
    {.name = "record_allocs",
     .text = "187: malloc 0xb6038060 20\n187: calloc 0xb609f080 32 4\n190: memalign 0xb6099900 64 100\n"
             "187: realloc 0xb6038060 0xb6038060 24\n187: realloc 0xb603a000 0xb6038060 500\n190: free 0xb6099900\n190: thread_done 0x0\n"
             "190: thread_done\n"
             "187: malloc 0xb6038060 9\n187: realloc 0xb609f080 0x0 8\n187: free 0xb6038064\n187: malloc 0x0 4096\n187: free 0x0\n",
     .events = "alloc 1 20 thread thread 187\ncalloc 2 32x4 thread thread 187\nalloc 3 100 align 64 thread thread 190\n"
               "realloc 1 24 thread thread 187\n"
               "realloc 1 500 thread thread 187\nfree 3 thread thread 190\nalloc 4 9 thread thread 187\nfree 2 thread thread 187\n"
               "alloc 5 8 thread thread 187\nalloc 6 4096 thread thread 187 failed\nfree 0 thread thread 187\n",
     .note = {"Android record_allocs; lost: call sites", UNKNOWN, MISSED},
     .word_bits = 32},
    {.name = "record_allocs with times",
     .text = "7: malloc 0x7f00001000 20 1000 1020\n8: malloc 0x7f00002000 30 1010 1300\n7: free 0x7f00001000 1005 1100\n8: thread_done 0x0 1400\n"
             "7: calloc 0x7f00001000 2 3 1500 1510\n",
     .events = "alloc 1 20 t 0 thread thread 7\nalloc 2 30 t 10 thread thread 8\nfree 1 t 10 thread thread 7\ncalloc 3 2x3 t 500 thread thread 7\n",
     .note = {"1 time that went back is raised to the one before"},
     .word_bits = 64, .timed = true},
    {.name = "ltrace",
     .text = "mtrace()                                         = <void>\n"
             "malloc(24)                                       = 0x558b62a0\ncalloc(3, 8)                                     = 0x558b62c0\n"
             "realloc(0x558b62a0, 4000)                        = 0x558b62e0\nmemalign(64, 100, 0x7fb0b7481c60, 0)             = 0x558b72c0\n"
             "posix_memalign(0x7ffe39dd9130, 32, 50, 2)        = 0\nmalloc(1152921504606846976)                      = 0\n"
             "free(0x558b62c0)                                 = <void>\nfree(0x9990)                                     = <void>\n"
             "malloc(10)                                       = 0x558b62c0\nrealloc(0x558b62c0, 0)                           = 0\n"
             "p->malloc(7)                                     = 0x558b62c0 <0.000021>\nfree(nil)                                        = <void>\n"
             "_Znwm(3)                                         = 0x558b62c0\n+++ exited (status 0) +++\n",
     .events = "alloc 1 24\ncalloc 2 3x8\nrealloc 1 4000\nalloc 3 100 align 64\nalloc 4 9007199254740991 failed\nfree 2\nalloc 5 10\nrealloc 5 0\n"
               "alloc 6 7\nfree 0\nfree 6\nalloc 7 3\n",
     .note = {"ltrace; lost: times, call sites", UNKNOWN, MISSED, "1 call whose result is not in the recording is left out"},
     .word_bits = 32},
    {.name = "ltrace -f",
     .text = "25559 15:10:32 malloc(24)                        = 0x55859000\n25559 realloc(0x55859000, 48 <unfinished ...>\n"
             "[pid 25560] malloc(77)                                 = 0x55859000\n25559 <... realloc resumed> )                    = 0x55859100\n"
             "25560 free(0x55859000 <unfinished ...>\n25559 malloc(5)       = 0x55859000\n25560 <... free resumed> )  = <void>\n"
             "25560 --- SIGCHLD (Child exited) ---\n25560 _Znwm(9 <unfinished ...>\n25560 malloc(9) = 0x55859200\n"
             "25560 <... _Znwm resumed> ) = 0x55859200\n"
             "25560 malloc(6 <unfinished ...>\n",
     .events = "alloc 1 24 thread thread 25559\nalloc 2 77 thread thread 25560\nrealloc 1 48 thread thread 25559\nfree 2 thread thread 25560\n"
               "alloc 3 5 thread thread 25559\nalloc 4 9 thread thread 25560\n",
     .note = {"numbers before the calls are taken for threads", "1 call that never ended is left out"},
     .word_bits = 32},
    {.name = "mbed",
     .text = "Heap size: 1024 / 183216 bytes\n#m:0x20003240;0x600d-50\n#c:0x20003280;0x600d-4;100\r\nhello #r:0x20003300;0x6011-0x20003240;80\n"
             "#f:0x0;0x602f-0x20003300\n#m:0x20003300;0x600d-7\n#m:0x20003300;0x600d-8\n#m:0x0;0x6001-5000\n#f:0x0;0x602f-0x20009999\n"
             "mem: r:0x0;0x6011-0x20003280;9000\n",
     .events = "alloc 1 50 site 0x600d\ncalloc 2 4x100 site 0x600d\nrealloc 1 80 site 0x6011\nfree 1 site 0x602f\nalloc 3 7 site 0x600d\n"
               "free 3 site 0x600d\nalloc 4 8 site 0x600d\nalloc 5 5000 site 0x6001 failed\nrealloc 2 9000 site 0x6011 failed\n",
     .note = {"an Mbed OS memory trace; lost: times, threads", UNKNOWN, MISSED},
     .word_bits = 32},
    {.name = "ESP-IDF",
     .text = "Parse trace from '/tmp/heap.svdat'...\n"
             "[0.002244575] HEAP: Allocated 1 byte @ 0x3ffaffd8 from task \"alloc\" on core 0 by:\n/p/main.c:47\n/p/port.c:355 (discriminator 1)\n\n"
             "[0.002258425] HEAP: Allocated 8 bytes @ 0x3ffaffe0 from the task \"alloc\" on core 1 by:\n/p/main.c:48\n\n"
             "[0.002300000] LOG: I (3240) example: Task[0x3ffb8f28]: allocated 594 bytes @ 0x3ffb9c3c\n"
             "[0.002563725] HEAP: Freed bytes @ 0x3ffaffe0 from task \"free\" on core 0 by:\n/p/main.c:31\n\n"
             "[0.002600000] HEAP: Freed bytes @ 0x3ffb40b8 from task \"main\" on core 0 by:\n\n"
             "[0.002700000] HEAP: Allocated 3 bytes @ 0x3ffaffe0 from IRQ \"timer\" on core 0 by:\n\n"
             "[0.002800000] HEAP: Allocated 4 bytes @ 0x3ffaffe0 from task \"main\" on core 0 by:\n"
             "Processing completed.\n=============== HEAP TRACE REPORT ===============\n"
             "[0.002244575] HEAP: Allocated 1 bytes @ 0x3ffaffd8 from task \"alloc\" on core 0 by:\n/p/main.c:47\n\n"
             "Found 1 leaked bytes in 1 blocks.\n",
     .events = "alloc 1 1 t 2244575 site /p/main.c:47 thread alloc\nalloc 2 8 t 2258425 site /p/main.c:48 thread alloc\n"
               "free 2 t 2563725 site /p/main.c:31 thread free\nalloc 3 3 t 2700000 thread IRQ \"timer\"\nfree 3 t 2800000 thread main\n"
               "alloc 4 4 t 2800000 thread main\n",
     .note = {"an ESP-IDF heap log; lost: failed calls, reallocs", UNKNOWN, MISSED},
     .word_bits = 32, .timed = true},
    {.name = "ESP-IDF without times",
     .text = "HEAP: Allocated 8 bytes @ 0x3ffaffe0 from task \"main\" on core 0 by:\n"
             "HEAP: Freed 8 bytes @ 0x3ffaffe0 from task \"main\" on core 0 by: /p/a.c:7\n",
     .events = "alloc 1 8 thread main\nfree 1 site /p/a.c:7 thread main\n",
     .note = {"an ESP-IDF heap log"},
     .word_bits = 32},
    {.name = "FreeRTOS, blocks",
     .text = "boot\ntraceMALLOC(0x20000410, 72)\n[12] traceMALLOC 0x20000458 24\ntraceFREE(0x20000410, 72)\ntraceMALLOC(0x20000410, 32)\n"
             "traceMALLOC((nil), 0)\ntraceFREE(0x20001000, 16)\ntraceMALLOC(0x20000458, 40)\nbye\n",
     .events = "alloc 1 64\nalloc 2 16\nfree 1\nalloc 3 24\nfree 2\nalloc 4 32\n",
     .note = {"approximate: the sizes are blocks, of which a header of 8 bytes", "1 failed call whose size is not told is left out", UNKNOWN, MISSED},
     .word_bits = 32},
    {.name = "FreeRTOS, requests",
     .text = "malloc(0x20000410, 70)\nmalloc(0x20000460, 64)\nfree(0x20000410, 0)\nmalloc(0x0, 9000)\n",
     .events = "alloc 1 70\nalloc 2 64\nfree 1\nalloc 3 9000 failed\n",
     .note = {"the sizes are those of heap_1 or heap_3: what was asked for"},
     .word_bits = 32},
    {.name = "Zephyr, three numbers",
     .text = "*** Booting Zephyr OS ***\nalloc heap 0x20000508 mem 0x20000a10 bytes 48\nalloc heap 0x20000600 mem 0x20002000 bytes 16\n"
             "free heap 0x20000508 mem 0x20000a10 bytes 48\nHEAP ALLOC: heap=536872200 ptr=0x20000a10 size=12\n"
             "heap_listener: free 0x20000508 0x20000f00 48\n"
             "heap_alloc(0x20000508, 0x20000a10, 20)\n",
     .events = "alloc 1 48 heap heap 0x20000508\nalloc 2 16 heap heap 0x20000600\nfree 1 heap heap 0x20000508\nalloc 3 12 heap heap 0x20000508\n"
               "free 3 heap heap 0x20000508\nalloc 4 20 heap heap 0x20000508\n",
     .note = {"Zephyr heap listener lines; lost: times, threads", "the sizes are usable sizes", UNKNOWN, MISSED},
     .word_bits = 32},
    {.name = "Zephyr, as its documentation prints",
     .text = "[00:00:01.020,000] <inf> app: Memory allocated at 0x20000a10, size 48\n"
             "[00:00:01.030,000] <inf> app: Memory freed at 0x20000a10, size 48\n",
     .events = "alloc 1 48\nfree 1\n",
     .note = {"Zephyr heap listener lines"},
     .word_bits = 32},
};
#define IMPORT_FORMS ((int)(sizeof import_forms / sizeof import_forms[0]))

#endif
