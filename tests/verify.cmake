# The replicas against their originals: the vectors of this project, and all of a larger set where one stands.
set(HEAPLAB_VECTORS "${PROJECT_SOURCE_DIR}/../shared/replicas/vectors" CACHE PATH "a folder of more placement vectors (subfolders c and rust)")
add_test(NAME verify COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/verify.sh ${CMAKE_BINARY_DIR}/bin)
add_test(NAME verify_all COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/verify.sh ${CMAKE_BINARY_DIR}/bin ${HEAPLAB_VECTORS})
set_tests_properties(verify verify_all PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)
