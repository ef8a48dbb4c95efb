# The boards: test_board (the machine) is a suite like the others; the digests of every policy are a test of their own.
if(TARGET test_board)
  target_link_libraries(test_board PRIVATE heap_conformance)
  add_test(NAME board_digests COMMAND test_board digests)
  set_tests_properties(board_digests PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
endif()

# Every processor's build of libheap, in all forms and with the project's warnings; the firmware itself is part of the host's build.
if(HEAPLAB_ARM_GCC AND NOT HEAPLAB_SANITIZE AND NOT HEAPLAB_SANITIZE_THREAD AND NOT HEAPLAB_COVERAGE)
  foreach(core m0 m4 m7 m33)
    add_test(NAME target_${core} COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/target-builds/${core}
      --build-generator ${CMAKE_GENERATOR} --build-options -DHEAPLAB_TARGET_BUILD=ON -DHEAPLAB_CPU=cortex-${core}
      -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/toolchain-arm-none-eabi.cmake)
    set_tests_properties(target_${core} PROPERTIES TIMEOUT 300)
  endforeach()
endif()
