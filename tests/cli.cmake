# The commands as a user types them: results, messages, exit codes; and the README's own lines.
if(TARGET heaplab)
  add_test(NAME cli COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cli.sh ${CMAKE_BINARY_DIR}/bin)
  add_test(NAME readme COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/readme.sh ${CMAKE_BINARY_DIR}/bin)
  set_tests_properties(cli readme PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()
