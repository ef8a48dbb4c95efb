/* words_said.h: what others say in English, and how the viewer says it in other languages.
 *
 * The core, the reader of traces and the source know no language: their errors, ideas and titles come as English text. Here each such
 * text stands with `%s` for what varies in it. The first line that matches a text wins, so the general ones stand last; what stands
 * for a `%s` is translated in its turn, and stays as it is where no line matches: names, paths, numbers, and the grammar of a trace
 * that a parser expected. Every language takes the arguments in the same order.
 */
#ifndef HEAPLAB_VIZ_WORDS_SAID_H
#define HEAPLAB_VIZ_WORDS_SAID_H

/* clang-format off */
#define WORDS_SAID(S) \
    /* the source: states and work */ \
    S("No trace yet", "尚无轨迹") \
    S("Drop a trace here, or start heaplab-view with the name of one.", "将轨迹文件拖到此处，或启动 heaplab-view 时给出文件名。") \
    S("Reading, %s %: the first %s events are shown", "正在读取，%s %：显示前 %s 个事件") \
    S("Running, %s %: the first %s events are shown", "正在运行，%s %：显示前 %s 个事件") \
    S("Reading %s", "正在读取 %s") \
    S("Going to event %s", "正在前往事件 %s") \
    S("Running %s lanes", "正在运行 %s 个策略") \
    S("Running %s on %s", "正在运行 %s，堆 %s") \
    S("Running %s", "正在运行 %s") \
    S("The whole trace runs once, for its history.", "整个轨迹运行一遍，以得到其历史。") \
    S("%s events so far", "至此 %s 个事件") \
    S("stopped: the first %s events are shown", "已停止：显示前 %s 个事件") \
    /* the source: errors */ \
    S("Out of memory", "内存不足") \
    S("out of memory", "内存不足") \
    S("This trace does not fit into memory.", "内存放不下此轨迹。") \
    S("The trace has several heaps: choose one with --heap NAME", "轨迹含有多个堆：请用 --heap NAME 选择其一") \
    S("%s (%s event, peak %s), %s", "%s（%s 个事件，峰值 %s），%s") \
    S("%s (%s events, peak %s), %s", "%s（%s 个事件，峰值 %s），%s") \
    S("%s (%s event, peak %s)", "%s（%s 个事件，峰值 %s）") \
    S("%s (%s events, peak %s)", "%s（%s 个事件，峰值 %s）") \
    S("Line %s cannot be read", "第 %s 行无法读取") \
    S("The trace cannot be read", "轨迹无法读取") \
    S("The policy refuses this heap", "策略不接受这样的堆") \
    S("This policy cannot run", "此策略无法运行") \
    S("Too many events", "事件过多") \
    S("The viewer shows traces of less than 2^32 events.", "查看器只显示少于 2^32 个事件的轨迹。") \
    S("This policy leaves no choice there.", "此策略不提供该选项。") \
    S("A lane is being added or removed.", "正在添加或移除策略。") \
    S("Four lanes run side by side, no more.", "最多同时运行四个策略。") \
    S("The last one stays.", "至少保留一个。") \
    S("A trace is being opened.", "正在打开轨迹。") \
    S("found %s policies and %s heap sizes, expected one to four lanes", "得到 %s 个策略和 %s 个堆大小，应为一至四个") \
    S("line %s: %s", "第 %s 行：%s") \
    /* libheap: errors (heap/error.h) */ \
    S("an argument is out of its range", "参数超出范围") \
    S("the alignment is not a power of two, or larger than the arena's", "对齐不是二的幂，或大于内存区的对齐") \
    S("the memory is too small for this policy", "内存对此策略过小") \
    S("the request is larger than the heap can ever serve", "请求大于堆所能满足的上限") \
    S("no free block is large enough", "没有足够大的空闲块") \
    S("the pointer is not into this heap", "指针不在此堆内") \
    S("the pointer is not aligned as a payload is", "指针未按载荷对齐") \
    S("no live block begins there: freed already, or inside another block", "该处没有存活的块：已释放，或位于另一个块之内") \
    S("the heap's own data is damaged", "堆自身的数据已损坏") \
    S("this policy cannot do that", "此策略不支持该操作") \
    S("no more regions: raise HEAP_MAX_REGIONS", "内存区已满：请增大 HEAP_MAX_REGIONS") \
    S("no policy: set config->policy, or compile with HEAP_ONE_POLICY", "没有策略：请设置 config->policy，或用 HEAP_ONE_POLICY 编译") \
    S("this policy keeps no sizes: free and realloc need the block's layout (heap_free_sized)", \
      "此策略不记录大小：free 和 realloc 需要块的布局（heap_free_sized）") \
    S("no error", "没有错误") \
    S("unknown error", "未知错误") \
    /* the reader of traces: errors (trace/trace_error.h) */ \
    S("cannot open", "无法打开") \
    S("cannot read", "无法读取") \
    S("cannot write", "无法写入") \
    S("a limit is reached", "达到上限") \
    S("not valid JSON", "不是有效的 JSON") \
    S("not valid UTF-8", "不是有效的 UTF-8") \
    S("duplicate member", "成员重复") \
    S("nested too deeply", "嵌套过深") \
    S("string too long", "字符串过长") \
    S("the file ends early", "文件提前结束") \
    S("bytes behind the end", "结尾之后还有字节") \
    S("damaged gzip data", "gzip 数据已损坏") \
    S("damaged block", "数据块已损坏") \
    S("cannot be replayed", "无法重放") \
    S("not a heaplab trace", "不是 Heaplab 轨迹") \
    S("unknown version", "未知版本") \
    S("bad header member", "文件头成员有误") \
    S("unknown or wrongly typed member", "成员未知或类型有误") \
    S("missing member", "缺少成员") \
    S("unknown op", "未知操作") \
    S("not an integer in range", "不是范围内的整数") \
    S("size too large", "大小过大") \
    S("alignment is not a power of two", "对齐不是二的幂") \
    S("index out of its list", "序号超出列表") \
    S("id reused while live", "id 在存活时被重用") \
    S("free or realloc of a dead id", "对已失效的 id 执行 free 或 realloc") \
    S("time goes backwards", "时间倒退") \
    S("not a line of this recording", "不是此记录中的行") \
    S("not in this trace", "此轨迹中没有") \
    S("No such file or directory", "文件或目录不存在") \
    S("Permission denied", "没有权限") \
    S("Is a directory", "是一个目录") \
    S("%s of id %s, which is dead", "%s，id %s 已失效") \
    S("%s of id %s, which was never allocated", "%s，id %s 从未分配") \
    S("a live id", "存活的 id") \
    S("an id that is not live", "未存活的 id") \
    /* the same: what was expected and found; rarer grammar stays as the parser says it */ \
    S("the end of the file", "文件结尾") \
    S("the end of the line", "行尾") \
    S("the end of the header", "文件头结尾") \
    S("the rest of a string", "字符串的其余部分") \
    S("each member once", "每个成员只出现一次") \
    S("each event on one line", "每个事件占一行") \
    S("a line break inside an event", "事件中的换行") \
    S("a line break between events", "事件之间的换行") \
    S("the header object", "文件头对象") \
    S("the file header: %s", "文件头：%s") \
    S("the cap on live ids", "存活 id 数的上限") \
    S("the cap on events", "事件数的上限") \
    S("more than %s", "多于 %s") \
    S("at most %s bytes", "最多 %s 字节") \
    S("at most %s levels", "最多 %s 层") \
    S("at most %s (the header's %s)", "最大 %s（文件头的 %s）") \
    S("at most %s", "最大 %s") \
    S("at least %s", "最小 %s") \
    S("an event without it", "缺少它的事件") \
    S("an event object", "事件对象") \
    S("an array of events", "事件数组") \
    S("a member of an event", "事件的成员") \
    S("an object", "对象") \
    S("an array", "数组") \
    S("an integer without fraction or exponent", "不带小数和指数的整数") \
    S("an integer in range", "范围内的整数") \
    S("an integer", "整数") \
    S("a number", "数") \
    S("a string", "字符串") \
    S("a value", "值") \
    S("a digit", "数字") \
    S("an op", "操作") \
    S("a longer one", "更长的") \
    S("a longer line", "更长的行") \
    S("an empty file", "空文件") \
    S("the bytes cannot be read", "无法读取字节") \
    S("no memory for %s", "内存不足：%s") \
    S("the header", "文件头") \
    S("the trace", "轨迹") \
    S("the table of live ids", "存活 id 表") \
    S("the blocks alive before the selection", "所选部分之前存活的块") \
    /* the same: put together */ \
    S("%s (after %s whole event)", "%s（在 %s 个完整事件之后）") \
    S("%s (after %s whole events)", "%s（在 %s 个完整事件之后）") \
    S("%s, expected %s", "%s，应为 %s") \
    S("%s: expected %s", "%s：应为 %s") \
    S("%s: found %s", "%s：得到 %s") \
    /* the ideas of policies (heap_inspect.idea) */ \
    S("the lowest free block that is large enough", "地址最低的足够大的空闲块") \
    S("the smallest free block that is large enough", "最小的足够大的空闲块") \
    S("the largest free block", "最大的空闲块") \
    S("the first large enough block behind the last one that was chosen", "上次所选块之后的第一个足够大的块") \
    S("a free list for every size class, found by two bitmaps", "每个大小等级一条空闲链表，由两级位图查找") \
    S("powers of two; a freed block joins its other half", "按二的幂划分；释放的块与其伙伴块合并") \
    S("no headers: a bit for every 8 bytes; a few lists of free blocks", "无块头：每 8 字节一位；少量空闲链表") \
    S("cells of one size in a free list", "大小相同的单元，串成空闲链表") \
    S("a pointer that only rises; only the last block can be given back", "只增不减的指针；只有最后一块可归还") \
    S("an index that only rises; nothing is given back", "只增不减的下标；从不归还") \
    S("best fit from a list of free blocks in order of size, which are never merged", "按大小排序的空闲链表，最佳适配，从不合并") \
    S("the C library's malloc and free, whatever they are", "C 库的 malloc 和 free，由其自行实现") \
    S("first fit by address over one list of free blocks, which are merged with their neighbours", "按地址排序的单条空闲链表，首次适配，与相邻空闲块合并") \
    S("heap_4 over several regions: the lower ones are filled first", "跨多个内存区的 heap_4：先用低地址的区") \
    S("address-ordered first fit over a chain of all blocks", "遍历全部块的地址链，首次适配") \
    S("blocks of one size in a list; threads can wait for one", "大小相同的块串成链表；线程可等待空闲块") \
    S("pages, and zones of equal chunks: 72 chunk sizes, freed chunks last in first out", "按页分配，区内为等大的块：72 种大小，释放的块后进先出") \
    S("first fit over a list of free blocks, the newest first; every region a heap of its own", "空闲链表首次适配，最新的在前；每个内存区自成一堆") \
    S("32 size classes a power of two, the first list at or above the rounded request", "每个二的幂分 32 级，取不小于取整后请求的第一条链表") \
    S("32 size classes a power of two, the first list at or above the rounded request; realloc always moves", \
      "每个二的幂分 32 级，取不小于取整后请求的第一条链表；realloc 总是搬移") \
    S("first fit in a list of holes sorted by address; blocks without headers", "按地址排序的空洞链表，首次适配；块无块头") \
    S("binary buddies by address, one last-in first-out list a power of two; blocks without headers", \
      "按地址的二进制伙伴，每个二的幂一条后进先出链表；块无块头") \
    S("64 bins of gaps, first fit within them, a tag behind each block", "64 个空隙链表，链表内首次适配，每块之后有标签") \
    S("first fit in a list that forgets what it passes; pages on demand; realloc always moves", \
      "首次适配，链表越过的块不再记录；按需取页；realloc 总是搬移") \
    /* general: a place or a name, and what is said of it */ \
    S("%s: %s", "%s：%s")
/* clang-format on */

#endif
