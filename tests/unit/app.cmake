rfmap_test(app_test
  SOURCES app_library_test.cpp app_options_test.cpp app_output_test.cpp app_program_test.cpp
          app_values_test.cpp
  LINK app PRIVATE fmt::fmt LABELS unit)
target_compile_definitions(app_test PRIVATE RFMAP_LEAFNET="${PROJECT_SOURCE_DIR}/data/leafnet.onnx")
