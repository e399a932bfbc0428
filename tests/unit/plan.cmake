rfmap_test(plan_test
  SOURCES plan_buffers_test.cpp plan_memory_test.cpp plan_programs_test.cpp plan_windows_test.cpp
  LINK plan graph core LABELS unit)
