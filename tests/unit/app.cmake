rfmap_test(app_test
  SOURCES app_options_test.cpp app_values_test.cpp app_output_test.cpp app_program_test.cpp
  LINK app PRIVATE fmt::fmt LABELS unit)
