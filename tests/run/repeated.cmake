# Runs divided in shards, and runs that are killed and resumed; RFMAP_PYTHON is a Python with h5py.
foreach(case shards_test.SameBytes shards_test.Stopped shards_test.Refused killed_test.Killed
             killed_test.OtherRuns killed_gradient_test.Gradients)
  add_test(NAME run.${case}
           COMMAND ${tests_python} -B -m unittest ${case}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(run.${case} PROPERTIES LABELS run TIMEOUT 600
                       ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
endforeach()
