# Debian 12's packages (scripts/setup installs them); no downloads at configure time.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(JPEG REQUIRED)
find_package(Protobuf REQUIRED)
find_package(HDF5 1.10 REQUIRED COMPONENTS C HL)
find_package(CLI11 CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)

# OpenCV's package file comes only with libopencv-dev and its desktop closure: only three modules
# are needed, so they are looked up individually.
find_path(OPENCV_INCLUDE_DIR opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4 REQUIRED)
add_library(rfmap_opencv INTERFACE)
target_include_directories(rfmap_opencv SYSTEM INTERFACE ${OPENCV_INCLUDE_DIR})
foreach(module imgcodecs imgproc core)
  find_library(OPENCV_${module} opencv_${module} REQUIRED)
  target_link_libraries(rfmap_opencv INTERFACE ${OPENCV_${module}})
endforeach()

# oneDNN's own package file requires OpenCL headers that are not needed here.
find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(rfmap_dnnl INTERFACE)
target_include_directories(rfmap_dnnl SYSTEM INTERFACE ${DNNL_INCLUDE_DIR})
target_link_libraries(rfmap_dnnl INTERFACE ${DNNL_LIBRARY} OpenMP::OpenMP_CXX)

if(RFMAP_BUILD_TESTS)
  find_package(GTest CONFIG REQUIRED)
  include(GoogleTest)
endif()
if(RFMAP_BUILD_BENCH)
  find_package(benchmark CONFIG REQUIRED)
endif()
