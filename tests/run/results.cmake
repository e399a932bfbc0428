# All common readers must read every dataset of a results file. RFMAP_PYTHON: a Python with h5py,
# netCDF4 and xarray.
add_executable(results_write_sample results_write_sample.cpp)
target_link_libraries(results_write_sample PRIVATE results_sample)
set(sample ${CMAKE_CURRENT_BINARY_DIR}/results_sample.h5)
add_test(NAME Results.WriteSample COMMAND results_write_sample ${sample})
add_test(NAME Results.ReadersAgree
         COMMAND ${tests_python} ${CMAKE_CURRENT_SOURCE_DIR}/read_results.py ${sample})
set_tests_properties(Results.WriteSample PROPERTIES FIXTURES_SETUP results_sample LABELS run)
set_tests_properties(Results.ReadersAgree PROPERTIES FIXTURES_REQUIRED results_sample LABELS run
                     TIMEOUT 300)
