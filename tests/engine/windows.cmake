rfmap_test(windows_test SOURCES strategy_test.cpp windows_test.cpp LINK run plan engines graph core)
