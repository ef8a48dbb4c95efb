/* words.h: everything that the viewer says, in every language it speaks.
 *
 * One line of WORDS is one sentence in all languages, so a view's author adds a line and uses `tr(frame, WORD_…)`; a translation that
 * is "" falls back to English. Sentences with numbers are printf formats: both languages take the same arguments in the same order.
 * Numbers, addresses, ids, keys and names from a trace or a policy are not translated.
 */
#ifndef HEAPLAB_VIZ_WORDS_H
#define HEAPLAB_VIZ_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum language { LANGUAGE_ENGLISH, LANGUAGE_CHINESE, LANGUAGE_COUNT };

/* clang-format off */
#define WORDS(W) \
    /* the views */ \
    W(TAB_MAP,        "Map",    "堆图") \
    W(TAB_DUEL,       "Duel",   "对比") \
    W(TAB_WHY,        "Why",    "原因") \
    W(TAB_BYTES,      "Bytes",  "字节") \
    W(TAB_LESSON,     "Lesson", "课程") \
    W(LATER_LESSON,   "The Lesson view is not finished yet.", "课程视图尚未完成。") \
    W(LATER_HINT,     "The strip below moves through the run; 1 goes back to the map.", "用下方的时空图可浏览整个过程；按 1 返回堆图。") \
    /* Duel */ \
    W(DUEL_LOCKSTEP,  "In lockstep", "同步对比") \
    W(DUEL_PARTS,     "first divergence at event %s: #%s, %s, goes to %s in %s, %s in %s", "首次分歧在事件 %s：#%s，%s，放在 %s（%s）与 %s（%s）") \
    W(DUEL_PARTS_FAILS, "first divergence at event %s: #%s, %s, goes to %s in %s, fails in %s", "首次分歧在事件 %s：#%s，%s，放在 %s（%s），%s 失败") \
    W(DUEL_PARTS_BRIEF, "first divergence at event %s: #%s, %s", "首次分歧在事件 %s：#%s，%s") \
    W(DUEL_PARTS_AT,  "first divergence: event %s", "首次分歧：事件 %s") \
    W(DUEL_ALIKE,     "every block lies alike in all", "所有块的位置完全相同") \
    W(DUEL_CHART,     "Largest free block", "最大空闲块") \
    W(DUEL_AT,        "at event %s", "事件 %s") \
    W(DUEL_LARGEST,   "largest %s", "最大 %s") \
    W(DUEL_EVENTS_OLD, "%s events old", "%s 个事件前") \
    W(DUEL_PINS,      "pins", "钉住的块") \
    W(DUEL_NO_FAILURE, "no failure", "无失败") \
    W(DUEL_NO_FAILURE_SO_FAR, "no failure so far", "至此无失败") \
    W(DUEL_FAILURE,   "%s failure, first at %s: %s", "%s 次失败，首次在 %s：%s") \
    W(DUEL_FAILURES,  "%s failures, first at %s: %s", "%s 次失败，首次在 %s：%s") \
    W(DUEL_FAILURE_BRIEF, "%s failure", "%s 次失败") \
    W(DUEL_FAILURES_BRIEF, "%s failures", "%s 次失败") \
    W(DUEL_SCORE,     "Score", "评分") \
    W(DUEL_BEST,      "best of each row marked", "每行最佳者已标出") \
    W(DUEL_HIDDEN,    "%s hidden", "%s 已隐藏") \
    W(DUEL_ROW_FAILURES, "failures", "失败次数") \
    W(DUEL_ROW_FIRST, "first failure at", "首次失败于") \
    W(DUEL_ROW_LEAST, "largest free, least B", "最大空闲块，最小 B") \
    W(DUEL_ROW_NOW,   "largest free, now B", "最大空闲块，当前 B") \
    W(DUEL_ROW_EXTERNAL, "external, mean %", "外部碎片，平均 %") \
    W(DUEL_ROW_INTERNAL, "internal, mean %", "内部碎片，平均 %") \
    W(DUEL_ROW_VISITS, "search visits, mean", "查找访问数，平均") \
    W(DUEL_ROW_MOST,  "search visits, most", "查找访问数，最多") \
    W(DUEL_NEVER,     "never", "从未") \
    W(DUEL_AND,       "%s and %s", "%s 和 %s") \
    W(DUEL_ONLY,      "Only %s serves every request.", "只有 %s 满足全部请求。") \
    W(DUEL_ONLY_SO_FAR, "Only %s serves every request so far.", "至此只有 %s 满足全部请求。") \
    W(DUEL_SOME,      "%s serve every request.", "%s 满足全部请求。") \
    W(DUEL_SOME_SO_FAR, "%s serve every request so far.", "至此 %s 满足全部请求。") \
    W(DUEL_ALL,       "All serve every request.", "全部策略都满足全部请求。") \
    W(DUEL_ALL_SO_FAR, "All serve every request so far.", "至此全部策略都满足全部请求。") \
    W(DUEL_SERVED,    "Every request is served.", "全部请求都得到满足。") \
    W(DUEL_SERVED_SO_FAR, "Every request is served so far.", "至此全部请求都得到满足。") \
    W(DUEL_NOT_SERVED, "Not every request is served.", "并非全部请求都得到满足。") \
    W(DUEL_SORTED,    "best first", "最佳在前") \
    W(DUEL_NONE,      "None serves every request.", "没有策略满足全部请求。") \
    W(DUEL_ITS_HOLE,  "Its largest hole is never below %s.", "其最大空洞从不低于 %s。") \
    W(DUEL_ITS_HOLE_SO_FAR, "Its largest hole so far is never below %s.", "其最大空洞至此从不低于 %s。") \
    W(DUEL_KEEPS,     "%s keeps the largest hole: never below %s.", "%s 保持最大的空洞：从不低于 %s。") \
    W(DUEL_KEEPS_SO_FAR, "%s keeps the largest hole: so far never below %s.", "%s 保持最大的空洞：至此从不低于 %s。") \
    W(DUEL_KEEP_ALIKE, "Their largest holes are alike: at least %s.", "它们的最大空洞相同：至少 %s。") \
    W(DUEL_FAILS_LEAST, "%s does best: %s, first at event %s.", "%s 最好：%s，首次在事件 %s。") \
    W(DUEL_FAIL_LEAST, "%s do best: %s each, first at event %s.", "%s 最好：各 %s，首次在事件 %s。") \
    W(DUEL_KEEP,      "%s keep the largest hole: at least %s.", "%s 保持最大的空洞：至少 %s。") \
    W(DUEL_FAIL_ALIKE, "They fail alike: %s, first at event %s.", "失败情况相同：%s，首次在事件 %s。") \
    W(DUEL_FAILS_ALONE, "%s, first at event %s.", "%s，首次在事件 %s。") \
    W(CLICK,          "Click", "点击") \
    W(DUEL_ONE,       "One lane runs: a duel takes two to four.", "只有一个策略在运行：对比需要二至四个。") \
    W(DUEL_ADD,       "Add a lane", "添加一个策略") \
    W(DUEL_ADD_TITLE, "Add a lane: which policy runs beside it? One that runs already gets a larger heap.", \
      "添加一个策略与之对比：已在运行的策略将使用更大的堆。") \
    W(DUEL_FULL,      "Four lanes run side by side, no more.", "最多同时运行四个策略。") \
    W(DUEL_ALL_HIDDEN, "The others are hidden.", "其余策略已隐藏。") \
    W(DUEL_SHOW,      "A \u2013 D show them again.", "按 A \u2013 D 重新显示。") \
    W(DUEL_NO_LANE,   "No lane has this letter.", "没有使用此字母的策略。") \
    W(DUEL_LAST,      "The last one stays.", "至少保留一个。") \
    W(HINT_LOCKSTEP,  "event in lockstep", "同步单步") \
    W(HINT_PARTING,   "first divergence", "首次分歧") \
    W(HINT_HIDE,      "show or hide a policy", "显示或隐藏策略") \
    W(HINT_ADD,       "add a lane", "添加策略") \
    W(HINT_REMOVE,    "remove lane", "移除策略") \
    W(HELP_LANES,     "add a lane, remove the chosen", "添加策略，移除所选策略") \
    W(HINT_SORT,      "sort by score", "按评分排序") \
    W(HINT_OPEN,      "open on the map", "在堆图中打开") \
    W(HINT_CHOOSE,    "choose, pin block", "选择，固定块") \
    /* chrome */ \
    W(TRACE,          "trace",  "轨迹") \
    W(POLICY,         "policy", "策略") \
    W(HEAP,           "heap",   "堆") \
    W(EVENT,          "event",  "事件") \
    /* kinds of bytes, and what is summed up from them; known by their English */ \
    W(KIND_PAYLOAD,   "payload", "载荷") \
    W(KIND_SLACK,     "slack",  "填充") \
    W(KIND_HEADER,    "header", "块头") \
    W(KIND_CONTROL,   "control", "控制区") \
    W(KIND_FREE,      "free",   "空闲") \
    W(KIND_RESERVED,  "reserved", "保留") \
    W(KIND_OVERHEAD,  "overhead", "开销") \
    W(KIND_WITHHELD,  "control, lost", "控制区、损耗") \
    W(KIND_SCATTERED, "scattered free", "零散空闲") \
    W(KIND_LARGEST_HOLE, "largest hole", "最大空洞") \
    /* the side panel: the card of failures */ \
    W(SIDE_FULL,      "%s free: the heap is full", "空闲 %s：堆已满") \
    W(SIDE_RESERVED,  "%s free \u00b7 %s reserved", "空闲 %s · 保留 %s") \
    W(SIDE_TOO_LITTLE, "more than the %s that are free", "超过全部空闲的 %s") \
    W(SIDE_TOO_LITTLE_BRIEF, "only %s free", "仅空闲 %s") \
    W(SIDE_HEADER,    "%s with header \u00b7 largest hole %s", "含块头 %s · 最大空洞 %s") \
    W(SIDE_HEADER_BRIEF, "%s with header \u00b7 largest %s", "含块头 %s · 最大 %s") \
    W(SIDE_MISSED,    "largest hole %s, but not for this size", "最大空洞 %s，但不用于此大小") \
    W(SIDE_MISSED_BRIEF, "largest %s, not for it", "最大 %s，但不可用") \
    W(SIDE_HOLE,      "%s free \u00b7 %s hole \u00b7 largest %s", "空闲 %s · %s 个空洞 · 最大 %s") \
    W(SIDE_HOLES,     "%s free \u00b7 %s holes \u00b7 largest %s", "空闲 %s · %s 个空洞 · 最大 %s") \
    W(SIDE_HOLES_BRIEF, "%s free \u00b7 largest %s", "空闲 %s · 最大 %s") \
    W(SIDE_DOES_NOT_FIT, "%s does not fit", "放不下 %s") \
    W(SIDE_DO_NOT_FIT, "%s do not fit", "放不下 %s") \
    W(SIDE_NO_FAILURE, "No failure so far", "至此无失败") \
    W(SIDE_FAILURE,   "%s failure so far", "至此 %s 次失败") \
    W(SIDE_FAILURES,  "%s failures so far", "至此 %s 次失败") \
    W(SIDE_FIRST,     "first: %s at event %s", "首次：%s，事件 %s") \
    /* the side panel: kinds, marks, readouts */ \
    W(SIDE_NOW,       "Now",    "当前") \
    W(SIDE_OF,        "of %s",  "共 %s") \
    W(SIDE_MARKS,     "Marks",  "标记") \
    W(SIDE_NO_MARKS,  "none in this run", "此次运行中没有") \
    W(SIDE_MORE_FAILURE, "%s more failure", "另有 %s 次失败") \
    W(SIDE_MORE_FAILURES, "%s more failures", "另有 %s 次失败") \
    W(MARK_PEAK,      "peak payload", "载荷峰值") \
    W(MARK_PEAK_BRIEF, "peak",  "峰值") \
    W(MARK_LEAST,     "least largest free", "最大空闲块最小") \
    W(MARK_LEAST_BRIEF, "least hole", "最小空洞") \
    W(MARK_SEARCH,    "longest search", "最长查找") \
    W(MARK_SEARCH_BRIEF, "search", "查找") \
    W(MARK_VISITS,    "%s visits", "%s 次访问") \
    W(SIDE_AT_EVENT,  "At event %s", "事件 %s") \
    W(SIDE_IN_USE,    "blocks in use", "已用块") \
    W(SIDE_LARGEST,   "largest free", "最大空闲块") \
    W(SIDE_INTERNAL,  "internal", "内部碎片") \
    W(SIDE_EXTERNAL,  "external", "外部碎片") \
    W(SIDE_INTERNAL_IS, "payload / in use", "载荷 / 已用") \
    W(SIDE_EXTERNAL_IS, "largest / free", "最大空闲 / 空闲") \
    W(SIDE_WITHHELD_IS, "heap \u2212 in use \u2212 free = %s", "堆 \u2212 已用 \u2212 空闲 = %s") \
    W(SIDE_NOTHING_LIVE, "nothing is live", "没有存活的块") \
    W(SIDE_NOTHING_FREE, "nothing is free", "没有空闲") \
    /* the block's panel, and its line in the status bar */ \
    W(BLOCK_TITLE,    "Block",  "块") \
    W(BLOCK_CONTROL,  "Control", "控制区") \
    W(BLOCK_RESERVED, "Reserved", "保留") \
    W(BLOCK_NONE,     "point at one, click to pin it", "指向一个块，点击可固定") \
    W(BLOCK_PIN,      "pin",    "钉住块") \
    W(BLOCK_HEAP_ENDS, "heap ends", "堆边界") \
    W(BLOCK_NOT_BORN, "not born yet", "尚未分配") \
    W(BLOCK_FREED,    "freed",  "已释放") \
    W(BLOCK_EVENT_COUNT, "%s event", "%s 个事件") \
    W(BLOCK_EVENTS_COUNT, "%s events", "%s 个事件") \
    W(BLOCK_AGE,      "age",    "存活时间") \
    W(BLOCK_OFFSET,   "offset", "偏移") \
    W(BLOCK_GRANTED,  "granted", "实际分配") \
    W(BLOCK_BORN,     "born",   "分配") \
    W(BLOCK_LINE,     "#%llu \u00b7 %s of %s \u00b7 offset %s \u00b7 age %s \u00b7 born at event %s", \
      "#%llu · %s / %s · 偏移 %s · 存活时间 %s · 分配于事件 %s") \
    /* the map's head */ \
    W(MAP_SCALE_TENTHS, "%s a row \u00b7 %d.%d px for 8 B", "每行 %s · %d.%d px 为 8 B") \
    W(MAP_SCALE_EIGHT, "%s a row \u00b7 %d px for 8 B", "每行 %s · %d px 为 8 B") \
    W(MAP_SCALE_BYTE, "%s a row \u00b7 %d px a byte", "每行 %s · 每字节 %d px") \
    W(MAP_SCALE_MANY, "%s a row \u00b7 1 px for %s", "每行 %s · 1 px 为 %s") \
    W(MAP_BITS_FROM,  " \u00b7 bits of its map from %s on", " · 放大到 %s 起显示位图") \
    W(MAP_BIT_SET,    "1", "1") \
    W(MAP_BIT_CLEAR,  "0: bits of the policy's map", "0：策略的位图") \
    W(MAP_BIT_SIZE,   "a large block's size", "大块的大小") \
    W(MAP_PART,       "%s of %s \u00b7 %s", "%s / %s · %s") \
    W(COLOUR_KIND,    "kind",   "类型") \
    W(COLOUR_SIZE,    "size",   "大小") \
    W(COLOUR_SITE,    "site",   "调用点") \
    W(COLOUR_OTHER,   "other",  "其他") \
    W(COLOUR_UNNAMED, "unnamed", "未命名") \
    /* hints and titles, known by their English */ \
    W(HINT_PLAY,      "play", "播放") \
    W(HINT_PAUSE,     "pause", "暂停") \
    W(HINT_UNPIN,     "unpin", "取消固定") \
    W(HINT_WHOLE_MAP, "whole map", "全图") \
    W(HINT_WHY,       "why", "原因") \
    W(HINT_100,       "100 events", "100 个事件") \
    W(HINT_NEXT_MARK, "next mark", "下一标记") \
    W(HINT_FAILURE,   "failure", "失败") \
    W(HINT_COLOUR,    "colour", "着色") \
    W(HINT_PIN,       "pin block", "固定块") \
    W(HINT_SPEED,     "speed", "速度") \
    W(HINT_THEME,     "theme", "主题") \
    W(HINT_BYTES,     "bytes", "字节") \
    W(HINT_PROJECTOR, "projector", "投影") \
    W(HINT_ALL_KEYS,  "all keys", "全部按键") \
    W(HINT_TO_MAP,    "back to the map", "返回堆图") \
    W(TITLE_MAP,      "Heap map", "堆图") \
    W(TITLE_STRIP,    "Space and time", "时空图") \
    W(STRIP_AXES,     "address down, event across", "纵轴地址，横轴事件") \
    W(LIFE_SHORT,     "life: short", "寿命：短") \
    W(LIFE_MEDIUM,    "medium", "中") \
    W(LIFE_LONG,      "long \u2265 10 %", "长 \u2265 10 %") \
    W(LIFE_PIN,       "long beside a hole", "空洞旁的长命块") \
    W(TITLE_BUDGET,   "Heap budget", "堆预算") \
    /* states */ \
    W(HEAPS_TITLE,    "The trace has several heaps: which one shall be shown?", "轨迹含有多个堆：要显示哪一个？") \
    W(HEAPS_EVENT,    "%s event, peak %s", "%s 个事件，峰值 %s") \
    W(HEAPS_EVENTS,   "%s events, peak %s", "%s 个事件，峰值 %s") \
    W(HEAPS_POOL_ONE, ", a pool of %s block of %s", "，内存池：%s 块，每块 %s") \
    W(HEAPS_POOL,     ", a pool of %s blocks of %s", "，内存池：%s 块，每块 %s") \
    W(HEAPS_CHOOSE,   "or a click shows it", "或点击即可显示") \
    W(HEAPS_MORE,     "%s more: start with --heap NAME", "另有 %s 个：启动时用 --heap NAME") \
    W(STATE_DROP,     "Drop another trace here.", "可将另一个轨迹文件拖到此处。") \
    /* the help: groups, keys and the mouse, known by their English */ \
    W(HELP_TITLE,     "All keys", "全部按键") \
    W(HELP_TIME,      "Time",   "时间") \
    W(HELP_RUN,       "Run",    "运行") \
    W(HELP_PICTURE,   "Picture", "画面") \
    W(HELP_WINDOW,    "Window", "窗口") \
    W(HELP_PLAY,      "play, pause", "播放、暂停") \
    W(HELP_STEP,      "one event back, on", "后退、前进一个事件") \
    W(HELP_10000,     "10,000 events", "10,000 个事件") \
    W(HELP_ENDS,      "first, last event", "第一个、最后一个事件") \
    W(HELP_SPEED,     "slower, faster", "减速、加速") \
    W(HELP_GO,        "go to event, time, place", "跳到事件、时间、位置") \
    W(HELP_RANGE,     "range from here, to here", "区间起点、终点设于此") \
    W(HELP_PREVIOUS_MARK, "previous mark", "上一标记") \
    W(HELP_FIRST_FAILURE, "first failure", "第一次失败") \
    W(HELP_WORST,     "worst fragmentation", "碎片最严重处") \
    W(HELP_DIVERGENCE, "first divergence of the lanes", "各策略首次分歧") \
    W(HELP_POLICY,    "choose the policy", "选择策略") \
    W(HELP_NEXT_POLICY, "next policy", "下一策略") \
    W(HELP_PREVIOUS_POLICY, "previous policy", "上一策略") \
    W(HELP_HEAP,      "heap 4 KiB larger, smaller", "堆增大、减小 4 KiB") \
    W(HELP_ALIGNMENT, "alignment 4, 8, 16", "对齐 4、8、16") \
    W(HELP_HARDENING, "hardening on, off", "加固检查开、关") \
    W(HELP_COMMAND,   "print the command line", "输出命令行") \
    W(HELP_ZOOM,      "map closer, farther", "放大、缩小堆图") \
    W(HELP_COLOUR,    "colour by kind, size, age \u2026", "按类型、大小、存活时间…着色") \
    W(HELP_THEME,     "dark, light", "深色、浅色") \
    W(HELP_SCALE,     "larger, smaller", "放大、缩小") \
    W(HELP_AUTO_SIZE, "size by the window", "随窗口自动缩放") \
    W(HELP_FULL_SCREEN, "full screen", "全屏") \
    W(HELP_TABS,      "Map, Duel, Why, Bytes, Lesson", "堆图、对比、原因、字节、课程") \
    W(HELP_BLOCK_NEXT, "pin the next block", "固定下一块") \
    W(HELP_BLOCK_PREVIOUS, "pin the previous block", "固定上一块") \
    W(HELP_BYTES,     "bytes of the block, and back", "块的字节，再按返回") \
    W(HELP_HELP,      "this help", "此帮助") \
    W(HELP_CLOSE,     "cancel, close, unpin, whole map", "取消、关闭、解除固定、全图") \
    W(HELP_QUIT,      "quit",   "退出") \
    W(HELP_POINT,     "Point at a block for its facts, click to pin it. The wheel zooms the map, elsewhere it steps.", \
      "指向一个块可查看其信息，点击可固定。滚轮缩放堆图，在别处则逐个事件移动。") \
    W(HELP_DRAG,      "Drag over strip, lanes or axis to go to an event; with Shift or the right button, to set the range A to B.", \
      "在时空图、曲线或时间轴上拖动可跳到事件；按住 Shift 或用右键拖动可设定区间 A 至 B。") \
    W(HELP_LANGUAGES, "English, \u7b80\u4f53\u4e2d\u6587", "English、简体中文") \
    /* bytes */ \
    W(BYTES_SUBTITLE, "%u B a row \u00b7 %s to %s", "每行 %u B · %s 至 %s") \
    W(BYTES_STALE,   "payload: left-over bytes", "载荷为残留字节") \
    W(BYTES_PINNED,   "pinned", "已固定") \
    W(BYTES_OF_EVENT, "event %s", "事件 %s") \
    W(BYTES_LARGEST,  "the largest", "最大") \
    W(BYTES_START,    "the heap's start", "堆的起点") \
    W(BYTES_INVITATION, "A click pins a block, J the next one.", "点击可固定一个块，J 固定下一个。") \
    W(BYTES_POINTED,  "pointed", "指向") \
    W(BYTES_GONE,     "place of #%llu", "#%llu 的位置") \
    W(BYTES_BLOCK,    "Block #%llu", "块 #%llu") \
    W(BYTES_HOLE,     "Hole", "空洞") \
    W(BYTES_OF,       "%s of %s", "%s / %s") \
    W(BYTES_HEAP_ENDS, "the heap ends", "堆到此为止") \
    W(BYTES_NOT_IN_TRACE, "not in trace", "轨迹中没有") \
    W(BYTES_WHY,      "Why %s", "为什么是 %s") \
    W(BYTES_ROUNDED,  "to a multiple of %u", "补齐到 %u 的倍数") \
    W(BYTES_LEAST,    "at least %u", "至少 %u") \
    W(BYTES_REST,     "rest %u < %u: not split", "剩余 %u < %u：不拆分") \
    W(BYTES_KEPT,     "rest: kept whole", "剩余部分保留") \
    W(BYTES_INDEX,    "index", "序号") \
    W(BYTES_HEX,      "hex", "十六进制") \
    W(BYTES_CYCLE,    "index, hex, ASCII", "序号、十六进制、ASCII") \
    W(BYTES_ROWS,     "rows", "行") \
    W(BYTES_ROW_KEYS, "a row up, down", "上、下一行") \
    W(BYTES_PAGE_KEYS, "a page up, down", "上、下一页") \
    W(BYTES_NEXT,     "next block", "下一块") \
    W(BYTES_TO_BLOCK, "to the block", "回到该块") \
    W(BYTES_HEADER_HEAD, "Header", "块头") \
    W(BYTES_IN_HOLE,  "In the hole", "空洞内") \
    W(BYTES_NO_WORDS, "the policy does not tell", "策略未说明") \
    W(BYTES_NO_HEADER, "none in the block", "块内没有") \
    W(BYTES_NEIGHBOURS, "Neighbours", "相邻") \
    W(BYTES_BEFORE,   "before", "前面") \
    W(BYTES_BEHIND,   "after",  "后面") \
    W(BYTES_FREED_HOLE, "freed: a hole of", "释放后的空洞") \
    W(BYTES_FREED_SLOT, "freed: a slot of", "释放后的空槽位") \
    W(BYTES_FREED_NEVER, "freed: never used again", "释放后不再使用") \
    W(BYTES_IN_LIST,  "In its list", "所在链表") \
    W(BYTES_LINK_NEXT, "next",  "下一个") \
    W(BYTES_LINK_PREVIOUS, "previous", "上一个") \
    W(BYTES_PLACE,    "place", "位置") \
    W(BYTES_SIZES,    "sizes", "大小范围") \
    W(BYTES_FACTS,    "Facts", "信息") \
    W(BYTES_POINTER,  "pointer", "指针") \
    W(BYTES_ADDRESS,  "address", "地址") \
    W(BYTES_BORN,     "born at event", "分配于事件") \
    W(BYTES_AGE,      "age in events", "已存活（事件）") \
    W(BYTES_SITE,     "call site", "调用点") \
    W(BYTES_THREAD,   "thread", "线程") \
    W(BYTES_OF_LARGEST, "of the largest", "占最大空洞") \
    W(BYTES_OF_FREE,  "of all free", "占全部空闲") \
    W(BYTES_REQUESTED, "requested", "请求") \
    W(BYTES_POWER,    "to a power of two", "到 2 的幂") \
    W(BYTES_SLOT,     "to the size of a slot", "到槽位大小") \
    W(BYTES_ONE_SIZE, "all blocks have one size", "所有块大小相同") \
    W(BYTES_WHOLE,    "block", "块") \
    /* work in the background */ \
    W(STOP_HERE,      "stop here", "到此为止") \
    W(CANCEL,         "cancel", "取消") \
    W(CANCELLED,      "Cancelled: nothing has changed.", "已取消，没有任何改变。") \
    /* go to */ \
    W(GO_TITLE,       "Go to", "跳转") \
    W(GO_HINT,        "event 9582 · time t=120 · address 20001000 or +offset · block #3310", "事件 9582 · 时间 t=120 · 地址 20001000 或 +偏移 · 块 #3310") \
    W(GO_PLACE,       "%s lies in %s: %s from %s on.", "%s 位于%s：%s，从 %s 起。") \
    W(GO_UNKNOWN,     "This is no event, t=TIME, ADDRESS, +OFFSET or #ID.", "不是事件、t=时间、地址、+偏移或 #编号。") \
    W(GO_NO_BLOCK,    "No block of this run has the id %s.", "此次运行中没有编号为 %s 的块。") \
    W(GO_NO_ADDRESS,  "The heap has no byte there: it holds %s to %s.", "堆中没有该地址：范围为 %s 至 %s。") \
    W(GO_NO_TIME,     "The trace ends before t=%s.", "轨迹在 t=%s 之前结束。") \
    /* range */ \
    W(RANGE_FROM,     "The range begins at event %s and has no end yet.", "范围从事件 %s 开始，尚无终点。") \
    W(RANGE_TO,       "The range ends at event %s and has no beginning yet.", "范围到事件 %s 结束，尚无起点。") \
    W(RANGE_BOTH,     "Range: events %s to %s.", "范围：事件 %s 至 %s。") \
    /* projector mode, and the tags on the map */ \
    W(STAGE_WANTED,   "wanted", "所需") \
    W(STAGE_GROSS,    "wanted, with header", "所需（含块头）") \
    W(STAGE_NEW,      "new", "新") \
    W(STAGE_OLD,      "old", "旧") \
    W(TAG_PIN,        "%u block pins %s", "%u 个块钉住 %s") \
    W(TAG_PINS,       "%u blocks pin %s", "%u 个块钉住 %s") \
    W(TAG_LARGEST,    "largest hole %s", "最大空洞 %s") \
    /* what is wrong in the trace */ \
    W(NOT_WHOLE,      "The trace is not whole", "轨迹不完整") \
    W(NO_ANOMALIES,   "Nothing is wrong in this trace.", "此轨迹没有问题。") \
    W(ANOMALIES_KEY,  "what is wrong in the trace", "轨迹中的问题") \
    W(ANOMALIES_ALL,  "%s problems were passed over; a click goes to the event.", "已跳过 %s 个问题；点击可跳到该事件。") \
    W(ANOMALIES_ONE,  "One problem was passed over; a click goes to the event.", "已跳过 1 个问题；点击可跳到该事件。") \
    W(ANOMALIES_SOME, "%s problems were passed over, the first %s are listed; a click goes to the event.", "已跳过 %s 个问题，列出前 %s 个；点击可跳到该事件。") \
    W(ANOMALY_LINE,   "line %s", "第 %s 行") \
    W(ANOMALY_EVENT,  "after event %s", "事件 %s 之后") \
    W(CLOSE,          "close", "关闭") \
    W(ANOMALIES_MORE,  "problems %s to %s of %s", "第 %s 至 %s 条，共 %s 条") \
    W(RANGE_GREW,     "grew: at B \u2212 at A", "增加：B 时 \u2212 A 时") \
    W(RANGE_BLOCKS,   "blocks", "块数") \
    W(RANGE_NOTHING,  "Nothing changed between A and B.", "A 与 B 之间没有变化。") \
    W(RANGE_SHRANK,   "shrank: at B \u2212 at A", "减少：B 时 \u2212 A 时") \
    W(RANGE_BRIEF,    "short-lived: born after A, freed by B", "短命：A 之后产生，B 之前释放") \
    W(RANGE_NO_SITE,  "no site", "无调用点") \
    W(RANGE_BRIGHT,   "bright on the map: born from A to B", "图中高亮：A 至 B 之间产生") \
    /* messages */ \
    W(NO_FAILURE_THERE, "No other failure that way.", "该方向没有其他失败。") \
    W(NO_MARK_THERE,  "No other mark that way.", "该方向没有其他标记。") \
    W(NO_FAILURE,     "No request fails in this run.", "此次运行中没有请求失败。") \
    W(NO_PEAK,        "Nothing is allocated in this run.", "此次运行中没有任何分配。") \
    W(NO_DIVERGENCE,  "All lanes place every block alike.", "各策略放置的位置完全相同。") \
    W(NO_LANES,       "One lane runs: start with -p A,B for a duel.", "只有一个策略在运行：用 -p A,B 启动对比。") \
    W(STOPPED_AT_FAILURE, "Stopped at the first failure. Space plays on.", "已停在第一次失败处。按空格键继续。") \
    W(NOT_IN_TRACE,   "Colour by %s: not in trace.", "按%s着色：轨迹中没有此信息。") \
    /* why: headlines */ \
    W(WHY_FAILED,     "%s finds no place for %s at event %s", "%s 放不下 %s（事件 %s）") \
    W(WHY_SERVED,     "%s serves %s at event %s", "%s 分配了 %s（事件 %s）") \
    W(WHY_FREED,      "%s frees %s at event %s", "%s 释放了 %s（事件 %s）") \
    W(WHY_NOTHING,    "%s is asked for nothing at event %s", "%s 在事件 %s 没有收到请求") \
    W(WHY_START,      "Nothing has been asked for yet", "尚无任何请求") \
    /* why: sentences */ \
    W(WHY_START_SAYS, "The run stands before its first event: %s of %s are free. F goes to the first failure.", \
      "运行停在第一个事件之前：%s / %s 空闲。按 F 跳到第一次失败。") \
    W(WHY_NOTHING_SAYS, "This event changes no block, so there is nothing to explain. [ ] go to the failures.", "此事件不改变任何块，无需解释。按 [ ] 跳到各次失败。") \
    W(WHY_PHASE_SAYS, "The phase \u201c%s\u201d begins here; no block changes. [ ] go to the failures.", "阶段“%s”从这里开始，没有块改变。按 [ ] 跳到各次失败。") \
    W(WHY_PIECES,     "%s of %s are free%s, but in %s pieces. The largest is %s: %s short.", "%s / %s 空闲%s，但分成 %s 段。最大的是 %s：还差 %s。") \
    W(WHY_TIMES,      ", %s times what is wanted", "，是所需的 %s 倍") \
    W(WHY_NOTHING_FREE, "Nothing of %s is free: no arrangement would help.", "%s 中没有空闲：无论怎样排列都无济于事。") \
    W(WHY_LOST,       "Nothing of %s is free: %s of it are reserved by the policy or lost to it.", "%s 中没有空闲：其中 %s 被策略保留或丢失。") \
    W(WHY_FULL,       "Only %s of %s are free, %s less than is wanted: no arrangement would help.", "%s / %s 空闲，比所需少 %s：无论怎样排列都无济于事。") \
    W(WHY_MISSED,     "%s of %s are free, and the largest of %s holes has %s: enough, but not where the policy looked or at the alignment asked for.", \
      "%s / %s 空闲，%s 个空洞中最大的有 %s：够大，但策略没有查找那里，或对齐不符。") \
    W(WHY_SLOTS,      "Its slots have %s each: %s is more than any slot holds, whatever is free.", "每个槽位有 %s：%s 超过任何槽位，与空闲多少无关。") \
    W(WHY_SLOTS_TAKEN, "%s of %s slots are in use: none is left that would hold %s.", "%s / %s 个槽位已用：没有剩余的能容纳 %s。") \
    W(WHY_SLAB_TAKES, "No slab of slots for %s has one left, and a new slab takes %s in one piece: the largest run of pages has %s.", \
      "没有存放 %s 的空槽位，而新的 slab 需要连续的 %s：最大的连续页段只有 %s。") \
    W(WHY_SLABS_FULL, "%s of %s are free, most of it in slots of other sizes. The largest run outside slabs is %s.", \
      "%s / %s 空闲，多在其他大小的槽位里。slab 之外最大的一段是 %s。") \
    W(WHY_UNKNOWN,    "%s of %s are free in %s pieces, the largest %s. How large a hole would have to be, this policy does not tell.", \
      "%s / %s 空闲，分成 %s 段，最大 %s。该策略未说明需要多大的空洞。") \
    W(WHY_TOOK,       "It visited %s of %s holes and took the one of %s at %s; %s are left over.", "访问了 %s / %s 个空洞，取用了 %s（位于 %s），余下 %s。") \
    W(WHY_SLABS_ONLY, "%s of %s are free, all of it in slots of other sizes: no page is left to cut into slots of this one.", \
      "%s / %s 空闲，全在其他大小的槽位里：没有剩余的页可切成所需大小的槽位。") \
    W(WHY_TOOK_ALL,   "It visited %s of %s holes and took the one of %s at %s whole.", "访问了 %s / %s 个空洞，整个取用了 %s（位于 %s）。") \
    W(WHY_MOVED,      "The block moved from %s: %s of %s holes were visited, and the one of %s at %s was taken.", \
      "块从 %s 移走：访问了 %s / %s 个空洞，取用了 %s（位于 %s）。") \
    W(WHY_STAYS,      "The block stays at %s and now has %s, after %s visits.", "块留在 %s，现有 %s，共访问 %s 次。") \
    W(WHY_IN_PLACE,   "The block stays at %s and now has %s: no hole had to be found.", "块留在 %s，现有 %s：无需查找空洞。") \
    W(WHY_PLACED,     "It stands at %s in a block of %s; the policy did not tell which hole it looked at.", "位于 %s，块大小 %s；策略未说明查看了哪个空洞。") \
    W(WHY_MERGED,     "%s, %s before it and %s after it became one hole of %s.", "%s 与其前 %s、其后 %s 合并为一个 %s 的空洞。") \
    W(WHY_MERGED_BEFORE, "%s and %s before it became one hole of %s.", "%s 与其前 %s 合并为一个 %s 的空洞。") \
    W(WHY_MERGED_BEHIND, "%s and %s after it became one hole of %s.", "%s 与其后 %s 合并为一个 %s 的空洞。") \
    W(WHY_ALONE,      "No free neighbour: the hole has the block's %s. %s of %s are free now.", "没有空闲邻居：空洞即该块的 %s。现有 %s / %s 空闲。") \
    W(WHY_KEPT,       "Its %s are not seen as a hole: the policy keeps them for itself or for later.", "其 %s 未成为空洞：策略将其保留。") \
    W(WHY_FIGURE,     "external fragmentation", "外部碎片") \
    /* why: panes */ \
    W(WHY_AGAINST,    "Wanted against the holes", "所需与空洞") \
    W(WHY_HOLES,      "The holes", "空洞") \
    W(WHY_SCALE,      "one scale: the full width is the %s free bytes, largest hole first", "同一比例：全宽为 %s 空闲字节，最大的在前") \
    W(WHY_SCALE_WANTED, "one scale: the full width is the %s bytes wanted, largest hole first", "同一比例：全宽为所需的 %s 字节，最大的在前") \
    W(WHY_WANTED,     "wanted %s", "所需 %s") \
    W(WHY_SUM,        "wanted %s = %s", "所需 %s = %s") \
    W(WHY_ALIGN,      "alignment", "对齐") \
    W(WHY_LEAST,      "to the least block", "补到最小块") \
    W(WHY_WHOLE,      "not split", "不拆分") \
    W(WHY_ROUNDING,   "rounding", "补齐") \
    W(WHY_POWER,      "to the next power of two", "补到二的幂") \
    W(WHY_NO_HOLES,   "no hole: nothing is free", "没有空洞：没有空闲") \
    W(WHY_PINS,       "What pins the hole", "钉住空洞的块") \
    W(WHY_WHERE,      "Where it was placed", "放置位置") \
    W(WHY_JOINED,     "What merged", "合并情况") \
    W(WHY_WHOLE_HEAP, "The whole heap", "整个堆") \
    W(WHY_AROUND,     "Around the largest hole", "最大空洞周围") \
    W(WHY_CHEAPEST,   "the cheapest %s window: %s live blocks of %s stand in it", "代价最小的 %s 窗口：其中有 %s 个存活块，共 %s") \
    W(WHY_CHEAPEST_1, "the cheapest %s window: 1 live block of %s stands in it", "代价最小的 %s 窗口：其中有 1 个 %s 的存活块") \
    W(WHY_TOO_FEW,    "all free bytes together are too few", "所有空闲字节加起来也不够") \
    W(WHY_NO_WINDOW,  "no stretch of blocks that could go is long enough", "腾出任何一段存活块都不够长") \
    W(WHY_WITHOUT_1,  "%s without #%s: %s would fit", "%s（若无 #%s）：可放下 %s") \
    W(WHY_WITHOUT,    "%s without these %s: %s would fit", "%s（若无这 %s 个）：可放下 %s") \
    W(WHY_THE_HOLE,   "the hole of %s that was taken", "被取用的 %s 空洞") \
    W(WHY_NEW_HOLE,   "one hole of %s", "一个 %s 的空洞") \
    W(WHY_FREE,       "free %s", "空闲 %s") \
    W(WHY_GONE,       "freed %s", "释放 %s") \
    W(WHY_BLOCK,      "#%s: %s, born at event %s, held for %s events so far, %s", "#%s：%s，分配于事件 %s，已存活 %s 个事件，%s") \
    W(WHY_BLOCK_1,    "#%s: %s, born at event %s, held for 1 event so far, %s", "#%s：%s，分配于事件 %s，已存活 1 个事件，%s") \
    W(WHY_FREED_AT,   "freed at %s", "于 %s 释放") \
    W(WHY_NEVER,      "never freed", "从未释放") \
    W(WHY_MORE,       "and %s more blocks", "以及另外 %s 个块") \
    W(WHY_SEARCH,     "The search", "查找过程") \
    W(WHY_VISITS,     "visit %s of %s in the policy's own order", "第 %s / %s 次访问，按策略自己的顺序") \
    W(WHY_VISITS_ALL, "%s visits in the policy's own order", "%s 次访问，按策略自己的顺序") \
    W(WHY_VISIT_1,    "%s visit", "%s 次访问") \
    W(WHY_NO_VISIT,   "the policy visited no hole in this event", "策略在此事件中没有访问任何空洞") \
    W(WHY_BITS_SAID,  "no hole was visited: the bitmap already says that no list can serve", "没有访问空洞：位图已表明没有链表能满足") \
    W(WHY_OTHERS,     "outlines: %s not visited", "轮廓：%s 个未访问") \
    W(WHY_UNSEEN,     "not visited", "未访问") \
    W(WHY_SPOT_HOLE,  "hole of %s at %s", "空洞 %s，位于 %s") \
    W(WHY_SPOT_TAKEN, "taken", "已取用") \
    W(WHY_SPOT_SHORT, "%s short", "差 %s") \
    W(WHY_SPOT_VISIT, "visit %s of %s", "第 %s / %s 次访问") \
    W(WHY_SPOT_OCTAVE, "%s: holes %s, together %s, largest %s", "%s：空洞 %s 个，共 %s，最大 %s") \
    W(WHY_SPOT_SET,   "sizes %s to %s: free blocks %s, its bit is set", "大小 %s 至 %s：空闲块 %s 个，位已置") \
    W(WHY_SPOT_CLEAR, "sizes %s to %s: free blocks %s, its bit is clear", "大小 %s 至 %s：空闲块 %s 个，位未置") \
    W(BYTES_MAP,      "In the map", "位图中") \
    W(BYTES_MAP_BITS, "bits", "位") \
    W(BYTES_MAP_USED, "a used block", "已用块") \
    W(BYTES_MAP_FREE, "a free block", "空闲块") \
    W(BYTES_MAP_FIRST, "first bit", "首位") \
    W(BYTES_MAP_AT,   "%u of %s", "第 %u 位，%s") \
    W(BYTES_MAP_SIZE_WORD, "size word", "大小字") \
    W(WHY_BINS,       "The policy's bins", "策略的分级链表") \
    W(WHY_BINS_CELL,  "a cell is a bin, filled if its bit is set; underlined: looked into", "一格为一级，实心表示位已置；下划线：已查看") \
    W(WHY_ONE_WORD,   "one word", "一个字") \
    W(WHY_SPOT_SLOTS, "slots of %s: %s in use, slabs %s", "槽位 %s：已用 %s，slab %s 个") \
    W(WHY_FIRST,      "first visited", "最先访问") \
    W(WHY_LAST,       "last", "最后") \
    W(WHY_TAKEN,      "taken %s", "取用 %s") \
    W(WHY_CUT,        "taller bars are cut", "过高的柱被截断") \
    W(WHY_OCTAVES,    "Free bytes by size", "按大小的空闲字节") \
    W(WHY_CELL,       "a cell is one hole", "一格为一个空洞") \
    W(WHY_EMPTY,      "empty: the wanted size falls here", "空：所需大小落在此处") \
    W(WHY_BITMAP,     "The policy's bitmaps", "策略的位图") \
    W(WHY_BITMAP_SAYS, "a cell is a class, filled if its bit is set", "一格为一类，置位则填充") \
    W(WHY_ORDERS,     "The policy's orders", "策略的阶") \
    W(WHY_ORDERS_SAYS, "a square is the bit, a cell is a free block", "方块为位，一格为一个空闲块") \
    W(WHY_SLABS,      "Slots in use", "已用槽位") \
    W(WHY_SLABS_SAYS, "by slot size", "按槽位大小") \
    W(WHY_LIST,       "The free list", "空闲链表") \
    W(WHY_LIST_SAYS,  "in list order, a cell is one hole", "按链表顺序，一格为一个空洞") \
    W(WHY_UNTOLD,     "This policy does not tell how it keeps its free blocks.", "该策略未说明如何保存空闲块。") \
    W(WHY_HINT_REPLAY, "replay the search", "重放查找") \
    W(WHY_HINT_OTHERS, "other failures", "其他失败") \
    W(WHY_HINT_BINS,  "lists or sizes", "链表或大小")
/* clang-format on */

enum word {
#define WORD_NAME(NAME, ENGLISH, CHINESE) WORD_##NAME,
    WORDS(WORD_NAME)
#undef WORD_NAME
    WORD_COUNT
};

/* Never NULL. */
const char *words_get(enum language language, enum word word);

/* The same for a text that is known by its English: titles, legends, hints and keys stand in tables as English, and are translated
 * when they are drawn if a line of WORDS has that English. Else `english` itself. O(WORD_COUNT). */
const char *words_text(enum language language, const char *english);

/* The same for what others said in English, with its arguments: errors, states, ideas (words_said.h). `english` itself where no line
 * matches. O(lines), and more in the number of arguments. */
void words_said(enum language language, const char *english, char *out, size_t size);

/* May a line end before byte `at` of the text? At a space, and beside Chinese characters, but not before closing punctuation. */
bool words_may_break(const char *text, size_t at);

/* The language of that name ("en", "zh"), or LANGUAGE_COUNT. */
enum language language_find(const char *name);
extern const char *const language_names[LANGUAGE_COUNT];

#endif
