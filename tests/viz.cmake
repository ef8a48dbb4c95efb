# The viewer's real window under Xvfb: skipped, with a message, where a tool is missing. xdnd_drop drops files onto it.
if(TARGET heaplab-view)
  pkg_check_modules(X11 IMPORTED_TARGET x11)
  if(X11_FOUND)
    add_executable(xdnd_drop xdnd_drop.c)
    target_compile_definitions(xdnd_drop PRIVATE _GNU_SOURCE)
    target_link_libraries(xdnd_drop PRIVATE heaplab_options PkgConfig::X11)
  endif()
  foreach(name viz_window viz_window_states)
    add_test(NAME ${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/${name}.sh $<TARGET_FILE:heaplab-view> ${CMAKE_CURRENT_BINARY_DIR}/xdnd_drop
      ${CMAKE_CURRENT_BINARY_DIR}/${name})
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600 RUN_SERIAL ON
      ENVIRONMENT LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/lsan.supp)
  endforeach()
endif()

# The same command without a display.
if(TARGET heaplab-view)
  add_test(NAME viz_command COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/viz_command.sh $<TARGET_FILE:heaplab-view> ${CMAKE_CURRENT_BINARY_DIR}/viz_command)
  set_tests_properties(viz_command PROPERTIES TIMEOUT 300
    ENVIRONMENT LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/lsan.supp)
endif()

# Every view in every theme on three recorded programs, as the command draws them.
if(TARGET heaplab-view AND NOT HEAPLAB_SANITIZE)
  add_test(NAME viz_gallery COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/viz_gallery.sh ${CMAKE_BINARY_DIR}/bin ${CMAKE_CURRENT_BINARY_DIR}/viz_gallery)
  set_tests_properties(viz_gallery PROPERTIES TIMEOUT 300)
endif()
