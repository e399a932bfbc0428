# cuDNN's plans for whole networks on a described H200, without a GPU (tests/cuda/plans.py).
if(RFMAP_CUDA_ENGINE)
  add_executable(plan_programs ../cuda/plan_programs.cpp ../cuda/planning_device.cpp)
  target_include_directories(plan_programs PRIVATE ${PROJECT_SOURCE_DIR}/src
                             ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/cuda)
  target_compile_options(plan_programs PRIVATE -Wall -Wextra -Wno-missing-field-initializers)
  target_link_libraries(plan_programs PRIVATE rfmap_run rfmap_cuda_gpu)
  if(EXISTS ${RFMAP_PYTHON})
    foreach(set ci all)
      add_test(NAME CudnnPlans.${set}
               COMMAND ${RFMAP_PYTHON} ${PROJECT_SOURCE_DIR}/tests/cuda/plans.py
                       --tool $<TARGET_FILE:plan_programs> --set ${set}
                       --device ${PROJECT_SOURCE_DIR}/data/devices/h200.json
                       --work ${CMAKE_CURRENT_BINARY_DIR}/plans_${set})
    endforeach()
    set_tests_properties(CudnnPlans.ci PROPERTIES
                         LABELS plans TIMEOUT 3000 SKIP_RETURN_CODE 77)
    set_tests_properties(CudnnPlans.all PROPERTIES
                         LABELS plans-all TIMEOUT 20000 SKIP_RETURN_CODE 77)
  endif()
endif()
