rfmap_test(unit_report
  SOURCES report_colours_test.cpp report_cut_curve_test.cpp report_figures_test.cpp report_folder_test.cpp report_html_test.cpp
          report_tiles_test.cpp
  LINK report PRIVATE rfmap_opencv LABELS unit)
