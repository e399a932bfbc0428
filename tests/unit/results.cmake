# The sample file, also written by a separate program for the readers in other languages.
add_library(results_sample STATIC results_sample.cpp)
target_include_directories(results_sample PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(results_sample PUBLIC rfmap_results rfmap_core)

rfmap_test(results_test
  SOURCES results_round_trip.cpp results_damaged.cpp results_disk.cpp results_gate.cpp results_page.cpp
          results_parts.cpp results_scan_part.cpp
  LINK results core PRIVATE results_sample hdf5::hdf5_hl hdf5::hdf5 ZLIB::ZLIB LABELS unit)
# The interval's coverage on kept maps of real units; run by hand (docs/method.md).
add_executable(kept_coverage EXCLUDE_FROM_ALL ../tools/kept_coverage.cpp)
target_link_libraries(kept_coverage PRIVATE rfmap_results rfmap_core)
