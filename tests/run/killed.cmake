# Runs that are killed and resumed; RFMAP_PYTHON is a Python with h5py.
foreach(case Killed OtherRuns)
  add_test(NAME run.killed_test.${case}
           COMMAND sh -c "exec \"\${RFMAP_PYTHON:-python3}\" -B -m unittest killed_test.${case}"
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(run.killed_test.${case} PROPERTIES LABELS run TIMEOUT 600
                       ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
endforeach()
