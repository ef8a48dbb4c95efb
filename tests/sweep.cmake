# heaplab sweep as a user and a cluster run it: kills, shards, scripts. The Slurm test is skipped, and says so, where Slurm cannot start.
add_test(NAME sweep COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/sweep.sh ${CMAKE_BINARY_DIR}/bin)
add_test(NAME sweep_slurm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/sweep_slurm.sh ${CMAKE_BINARY_DIR}/bin)
set_tests_properties(sweep sweep_slurm PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)
