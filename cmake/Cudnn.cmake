# Decides whether the CUDA engine is built (RFMAP_CUDA_ENGINE): besides nvcc it needs the headers of
# cuDNN and of its C++ frontend. Neither is linked: cuDNN is loaded when the engine is requested.
set(RFMAP_CUDA_ENGINE OFF)
if(RFMAP_CUDA)
  file(GLOB wheels ${PROJECT_SOURCE_DIR}/.cuda/lib/python3*/site-packages)
  get_filename_component(beside "${CUDAToolkit_LIBRARY_ROOT}" DIRECTORY)
  find_path(CUDNN_INCLUDE_DIR cudnn.h
            HINTS ${CUDNN_ROOT} ${CUDAToolkit_INCLUDE_DIRS} ${beside}/cudnn PATH_SUFFIXES include)
  find_path(CUDNN_FRONTEND_INCLUDE_DIR cudnn_frontend.h
            HINTS ${CUDNN_FRONTEND_ROOT} ${wheels} PATH_SUFFIXES include)
  if(CUDNN_INCLUDE_DIR AND CUDNN_FRONTEND_INCLUDE_DIR)
    set(RFMAP_CUDA_ENGINE ON)
  elseif(RFMAP_WITH_CUDA STREQUAL ON)
    message(FATAL_ERROR "RFMAP_WITH_CUDA=ON, but the headers of cuDNN (cudnn.h) or of its frontend "
                        "(cudnn_frontend.h) were not found: scripts/setup --cudnn-frontend or --cuda "
                        "installs them, -DCUDNN_ROOT= and -DCUDNN_FRONTEND_ROOT= name their folders")
  else()
    message(STATUS "No headers of cuDNN or its frontend (scripts/setup --cudnn-frontend): "
                   "the CUDA engine is left out")
  endif()
endif()
