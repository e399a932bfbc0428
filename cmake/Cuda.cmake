# Decides whether the CUDA part is built (RFMAP_CUDA), and finds compiler and run-time library.
set(RFMAP_CUDA OFF)
if(NOT RFMAP_WITH_CUDA STREQUAL OFF)
  include(CheckLanguage)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)  # every card since Turing, and PTX for later ones
    set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90-real 100-real 120
        CACHE STRING "GPUs to compile for")
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(RFMAP_CUDA ON)
  elseif(RFMAP_WITH_CUDA STREQUAL ON)
    message(FATAL_ERROR "RFMAP_WITH_CUDA=ON, but no nvcc was found: put it on PATH, give "
                        "-DCMAKE_CUDA_COMPILER=, or let scripts/setup --cuda install one")
  else()
    message(STATUS "No nvcc: the CUDA engine is left out")
  endif()
endif()

if(RFMAP_CUDA)
  enable_language(CUDA)
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  set(CMAKE_CUDA_EXTENSIONS OFF)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 knows none newer than 17 for nvcc
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  endif()
  if(CCACHE AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
  endif()
  # CMake 3.25 requires a library that CUDA 13 no longer has.
  if(NOT TARGET CUDA::nvToolsExt)
    add_library(CUDA::nvToolsExt INTERFACE IMPORTED)
  endif()
  find_package(CUDAToolkit REQUIRED)
  # The run-time library by its path, so that the installed package needs no CUDA of CMake's.
  find_library(RFMAP_CUDART_STATIC cudart_static HINTS ${CUDAToolkit_LIBRARY_DIR} REQUIRED)
  add_library(rfmap_cudart INTERFACE)
  target_include_directories(rfmap_cudart SYSTEM INTERFACE
                             $<BUILD_INTERFACE:${CUDAToolkit_INCLUDE_DIRS}>)
  target_link_libraries(rfmap_cudart INTERFACE ${RFMAP_CUDART_STATIC} Threads::Threads
                        ${CMAKE_DL_LIBS} rt)
endif()
