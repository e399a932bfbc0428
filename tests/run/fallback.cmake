# The program with the CUDA engine on a machine without a usable GPU.
if(RFMAP_CUDA_ENGINE)
  add_test(NAME run.start_anywhere_test.StartAnywhere
           COMMAND ${tests_python} -B -m unittest start_anywhere_test
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(run.start_anywhere_test.StartAnywhere PROPERTIES
                       LABELS fallback TIMEOUT 300 ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
endif()
