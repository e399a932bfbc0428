# Faults of the machine: full disks, a clock that jumps, images that change, kills while results are
# written, little memory. h5py reads the results.
if(EXISTS "${RFMAP_PYTHON}")
  add_library(jumping_clock MODULE jumping_clock.cpp)
  foreach(case disk_test.Estimate disk_test.Shards disk_test.Readers changing_images_test.Changing
      killed_writing_test.Writing memory_test.Memory clock_test.Clock)
    add_test(NAME run.${case} COMMAND ${RFMAP_PYTHON} -B -m unittest ${case}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(run.${case} PROPERTIES LABELS run TIMEOUT 600
      ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>;RFMAP_CLOCK=$<TARGET_FILE:jumping_clock>")
  endforeach()
endif()
