# reduce and diff as a user types them.
add_test(NAME diff_reduce COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/diff_reduce.sh ${CMAKE_BINARY_DIR}/bin ${PROJECT_SOURCE_DIR}/traces/corpus)
set_tests_properties(diff_reduce PROPERTIES TIMEOUT 600)
