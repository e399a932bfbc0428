# Runs of several MPI ranks; RFMAP_PYTHON is a Python with h5py.
if(RFMAP_MPI)
  foreach(case ranks_test.SameBytes ranks_test.Stopped ranks_test.Refused)
    run_test(${case})
  endforeach()
else()
  message(STATUS "No MPI (scripts/setup --tests installs it): the tests of several ranks are left out")
endif()
