# The viewer's real window under Xvfb: skipped, with a message, where a tool is missing.
if(TARGET heaplab-view)
  add_test(NAME viz_window COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/viz_window.sh $<TARGET_FILE:heaplab-view> ${CMAKE_CURRENT_BINARY_DIR}/viz_window)
  set_tests_properties(viz_window PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 180 RUN_SERIAL ON
    ENVIRONMENT LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/lsan.supp)
endif()

# The same command without a display.
if(TARGET heaplab-view)
  add_test(NAME viz_command COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/viz_command.sh $<TARGET_FILE:heaplab-view> ${CMAKE_CURRENT_BINARY_DIR}/viz_command)
  set_tests_properties(viz_command PROPERTIES TIMEOUT 300
    ENVIRONMENT LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/lsan.supp)
endif()
