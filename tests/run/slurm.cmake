# The job scripts of scripts/slurm in a Slurm that the tests start; RFMAP_PYTHON is a Python with
# h5py. TimeLimit waits half a minute, without work, for Slurm's warning: among tests that run at
# the same time it starts first.
set(slurm_missing)
foreach(program munged slurmctld slurmd sbatch srun)
  string(TOUPPER RFMAP_${program} variable)
  find_program(${variable} ${program})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    list(APPEND slurm_missing ${program})
  endif()
endforeach()
if(slurm_missing)
  list(JOIN slurm_missing ", " slurm_missing)
  message(STATUS "no Slurm here (${slurm_missing}): the tests of its job scripts are left out "
                 "(scripts/setup --tests installs it)")
else()
  set(slurm_cases Array Requeue TimeLimit Cleanup)
  if(RFMAP_MPI)
    list(APPEND slurm_cases Ranks)
  else()
    message(STATUS "built without MPI: the test of ranks under Slurm is left out")
  endif()
  foreach(case ${slurm_cases})
    add_test(NAME run.slurm_test.${case}
             COMMAND ${tests_python} -B -m unittest slurm_test.${case}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(run.slurm_test.${case} PROPERTIES LABELS "run;slurm" TIMEOUT 600
                         ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
  endforeach()
  set_tests_properties(run.slurm_test.TimeLimit PROPERTIES COST 100)
endif()
