rfmap_test(unit_report SOURCES report_picture.cpp LINK report PRIVATE rfmap_opencv LABELS unit)
