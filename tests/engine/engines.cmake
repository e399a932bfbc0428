# The cases are built once and linked with the engines that they run on (under_test/engines.h).
function(engine_cases name)
  add_library(${name} OBJECT ${ARGN})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-missing-field-initializers
                                         ${RFMAP_TEST_OPTIONS})
  target_link_libraries(${name} PRIVATE rfmap_run rfmap_plan rfmap_graph GTest::gmock)
endfunction()

engine_cases(engine_cases
  agreement_test.cpp convolution_test.cpp determinism_test.cpp occlusion_test.cpp pointwise_test.cpp
  pooling_test.cpp reads_test.cpp rearrange_test.cpp reductions_test.cpp
  resample_test.cpp)
engine_cases(windows_cases windows_test.cpp gates_test.cpp)
engine_cases(runs_cases runs_test.cpp)
target_link_libraries(runs_cases PRIVATE fmt::fmt)

rfmap_test(engine_test
  SOURCES $<TARGET_OBJECTS:engine_cases> under_test/plain.cpp checking_test.cpp device_list_test.cpp names_test.cpp
          threads_test.cpp
  LINK engines plan graph core PRIVATE rfmap_dnnl LABELS engine)
rfmap_test(windows_test
  SOURCES $<TARGET_OBJECTS:windows_cases> strategy_test.cpp under_test/plain.cpp LINK run plan engines graph core)

# oneDNN's code for older instruction sets: the cpu engine's cases. A machine with AVX-512 takes that in all others.
foreach(isa SSE41 AVX2)
  add_test(NAME Engine.Cpu.${isa}
           COMMAND engine_test --gtest_brief=1 --gtest_filter=*cpu*)
  add_test(NAME Windows.Cpu.${isa} COMMAND windows_test --gtest_brief=1 --gtest_filter=*cpu*)
  set_tests_properties(Engine.Cpu.${isa} Windows.Cpu.${isa} PROPERTIES
                       LABELS isa TIMEOUT 600 COST 60 ENVIRONMENT "DNNL_MAX_CPU_ISA=${isa}")
endforeach()

# The CUDA engine with its kernels run on the host.
add_library(cuda_on_host OBJECT ../cuda/host_device.cpp ../cuda/host_convolution.cpp)
target_include_directories(cuda_on_host PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests
                                                ${PROJECT_SOURCE_DIR}/cuda)
target_compile_options(cuda_on_host PRIVATE -Wall -Wextra -Wno-missing-field-initializers)
target_link_libraries(cuda_on_host PRIVATE rfmap_cuda_session OpenMP::OpenMP_CXX)

function(cuda_on_host_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  rfmap_test(${name}
             SOURCES ${ARG_SOURCES} $<TARGET_OBJECTS:cuda_on_host> under_test/cuda_on_host.cpp
             LINK ${ARG_LINK} cuda_session engines plan graph core
             PRIVATE OpenMP::OpenMP_CXX LABELS engine PREFIX CudaOnHost.)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cuda)
endfunction()
cuda_on_host_test(engine_cuda_on_host_test SOURCES $<TARGET_OBJECTS:engine_cases>)
cuda_on_host_test(windows_cuda_on_host_test SOURCES $<TARGET_OBJECTS:windows_cases> LINK run)

cuda_on_host_test(runs_cuda_on_host_test SOURCES $<TARGET_OBJECTS:runs_cases> LINK run)
target_link_libraries(runs_cuda_on_host_test PRIVATE fmt::fmt)

cuda_on_host_test(cuda_run_test SOURCES ../cuda/run_test.cpp LINK run)
target_link_libraries(cuda_run_test PRIVATE fmt::fmt)

cuda_on_host_test(cuda_session_test SOURCES ../cuda/plan_cache_test.cpp ../cuda/plan_choice_test.cpp
                                            ../cuda/session_test.cpp)

# The complete program with that engine as `cuda`.
add_executable(rfmap_on_host ../../src/app/main.cpp ../cuda/engines_on_host.cpp
                             $<TARGET_OBJECTS:cuda_on_host>)
target_include_directories(rfmap_on_host PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests
                                                 ${PROJECT_SOURCE_DIR}/cuda)
target_compile_options(rfmap_on_host PRIVATE -Wall -Wextra -Wno-missing-field-initializers)
target_link_libraries(rfmap_on_host PRIVATE rfmap_app rfmap_cuda_session OpenMP::OpenMP_CXX)

# On a GPU; skipped if there is none.
if(RFMAP_CUDA)
  foreach(cases engine windows runs)
    rfmap_test(${cases}_gpu_test SOURCES $<TARGET_OBJECTS:${cases}_cases> under_test/gpu.cpp
               LINK run engines plan graph core LABELS gpu PREFIX Gpu. TIMEOUT 600)
  endforeach()
  target_link_libraries(runs_gpu_test PRIVATE fmt::fmt)
endif()
