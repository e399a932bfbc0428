# Faults of the machine: full disks, a clock that jumps, images that change, kills while results are
# written, little memory. h5py reads the results.
if(EXISTS "${RFMAP_PYTHON}")
  add_library(jumping_clock MODULE jumping_clock.cpp)
  foreach(case disk_test.Estimate disk_test.Shards disk_test.Readers changing_images_test.Changing
      killed_writing_test.Writing memory_test.Memory clock_test.Clock)
    run_test(${case} RFMAP_CLOCK=$<TARGET_FILE:jumping_clock>)
  endforeach()
endif()
