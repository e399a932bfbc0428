rfmap_test(windows_test SOURCES windows_test.cpp LINK run plan engines graph core)
