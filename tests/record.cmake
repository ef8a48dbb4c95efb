# The little programs that test_record records.
if(TARGET test_record)
  add_subdirectory(record_programs)
endif()
