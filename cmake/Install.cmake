# bin/rfmap, and the library as the CMake package rfmap with the target rfmap::rfmap.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

get_property(rooms GLOBAL PROPERTY RFMAP_ROOMS)
list(REMOVE_ITEM rooms app)
add_library(rfmap_library INTERFACE)
add_library(rfmap::rfmap ALIAS rfmap_library)
target_compile_features(rfmap_library INTERFACE cxx_std_20)
foreach(room ${rooms})
  target_link_libraries(rfmap_library INTERFACE rfmap_${room})
  set_target_properties(rfmap_${room} PROPERTIES EXPORT_NAME ${room})
  list(APPEND libraries rfmap_${room})
endforeach()
set_target_properties(rfmap_library PROPERTIES EXPORT_NAME rfmap)

if(RFMAP_CUDA_ENGINE)
  list(APPEND libraries rfmap_cuda_kernels rfmap_cudart)
endif()

# The schema's generated headers are private; the other packages are linked by the rooms.
install(TARGETS rfmap_library ${libraries} rfmap_schema rfmap_opencv rfmap_dnnl
        EXPORT rfmap ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/rfmap)
install(DIRECTORY include/rfmap
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
if(RFMAP_MPI)
  install(TARGETS rfmap_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/rfmap)
endif()
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/rfmap)
install(EXPORT rfmap NAMESPACE rfmap:: FILE rfmap-targets.cmake DESTINATION ${package})
configure_package_config_file(cmake/rfmap-config.cmake.in ${PROJECT_BINARY_DIR}/rfmap-config.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rfmap-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rfmap-config.cmake
              ${PROJECT_BINARY_DIR}/rfmap-config-version.cmake DESTINATION ${package})
