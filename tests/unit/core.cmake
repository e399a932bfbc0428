rfmap_test(core_test
           SOURCES core_aggregate_test.cpp core_bootstrap_test.cpp core_names_test.cpp
                   core_occlusion_test.cpp core_packed_map_test.cpp core_parallel_test.cpp core_preprocess_test.cpp
                   core_resampled_means_test.cpp
                   core_sizes_honest_test.cpp core_sizes_test.cpp core_spool_test.cpp core_text_test.cpp core_topk_test.cpp
           LINK core LABELS unit)

# Long form of the test of interval coverage (docs/method.md); the tests have a short one.
add_executable(interval_coverage EXCLUDE_FROM_ALL ../tools/interval_coverage.cpp)
target_include_directories(interval_coverage PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(interval_coverage PRIVATE rfmap_core)
