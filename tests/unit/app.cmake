rfmap_test(app_test
  SOURCES app_library_test.cpp app_options_test.cpp app_output_test.cpp app_program_test.cpp
          app_values_test.cpp
  LINK app PRIVATE fmt::fmt LABELS unit)
# Of the source, not of the target, whose precompiled headers other tests use too.
set_source_files_properties(app_library_test.cpp PROPERTIES COMPILE_DEFINITIONS
                            RFMAP_LEAFNET="${PROJECT_SOURCE_DIR}/data/leafnet.onnx")
