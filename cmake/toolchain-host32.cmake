# 32-bit programs on an x86-64 host: gcc-multilib is all that it takes.
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT "-m32")
set(HEAPLAB_CPU host CACHE STRING "an ordinary program instead of a board")
