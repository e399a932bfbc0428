# The install target, as used by another project.
add_test(NAME Install.ConsumerBuildsAndRuns
         COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -DVERSION=${PROJECT_VERSION}
                 -DWORK=${CMAKE_CURRENT_BINARY_DIR}/install "-DFLAGS=${CMAKE_CXX_FLAGS}"
                 -DMODEL=${PROJECT_SOURCE_DIR}/data/leafnet.onnx
                 -P ${PROJECT_SOURCE_DIR}/tests/install/check.cmake)
set_tests_properties(Install.ConsumerBuildsAndRuns PROPERTIES LABELS install TIMEOUT 600)
