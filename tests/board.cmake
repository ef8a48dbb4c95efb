# The boards: test_board (the machine) is a suite like the others; the digests of every policy are a test of their own.
if(TARGET test_board)
  add_test(NAME board_digests COMMAND test_board digests)
  set_tests_properties(board_digests PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
endif()
