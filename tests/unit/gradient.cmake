rfmap_test(gradient_test
  SOURCES gradient_axes_test.cpp gradient_difference_test.cpp gradient_effective_test.cpp gradient_linear_test.cpp
  LINK gradient engines plan graph core LABELS unit)
