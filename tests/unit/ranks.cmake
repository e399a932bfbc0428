rfmap_test(ranks_units_test
  SOURCES ranks_launch_test.cpp ranks_star_test.cpp
  LINK ranks LABELS unit)
