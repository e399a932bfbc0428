# Runs of several MPI ranks; RFMAP_PYTHON is a Python with h5py.
if(RFMAP_MPI)
  foreach(case ranks_test.SameBytes ranks_test.Stopped ranks_test.Refused)
    add_test(NAME run.${case}
             COMMAND ${tests_python} -B -m unittest ${case}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(run.${case} PROPERTIES LABELS run TIMEOUT 600
                         ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
  endforeach()
else()
  message(STATUS "No MPI (scripts/setup --tests installs it): the tests of several ranks are left out")
endif()
