# The commands as a user types them: results, messages, exit codes; the README's own lines, its picture, and its demo.
add_test(NAME cli COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cli.sh ${CMAKE_BINARY_DIR}/bin)
add_test(NAME bench COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench.sh ${CMAKE_BINARY_DIR}/bin)
add_test(NAME heaps COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/heaps.sh ${CMAKE_BINARY_DIR}/bin)
add_test(NAME readme COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/readme.sh ${CMAKE_BINARY_DIR}/bin)
add_test(NAME policies_doc COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/policies_doc.sh ${CMAKE_BINARY_DIR}/bin)
set_tests_properties(cli bench heaps readme PROPERTIES TIMEOUT 600)
if(TARGET heaplab_viz AND NOT HEAPLAB_SANITIZE)
  add_test(NAME picture COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/picture.sh ${CMAKE_BINARY_DIR}/bin)
endif()
if(TARGET heaplab_viz AND HEAPLAB_WITH_BOARDS AND NOT HEAPLAB_SANITIZE) # the demo needs all its parts; it builds the release preset
  add_test(NAME demo COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/demo.sh)
  set_tests_properties(demo PROPERTIES TIMEOUT 900 RUN_SERIAL ON)
endif()
