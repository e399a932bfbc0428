# The report's pages and the figures of `rfmap show`; they need only Python's standard library.
foreach(case report_test.Checker report_test.Pages report_test.Lowest report_test.Signs report_test.Places
        report_test.Refusals show_test.Show)
  run_test(${case})
endforeach()

# The same pages in a browser, if there is one (scripts/setup --browser).
find_program(CHROMIUM chromium)
if(CHROMIUM)
  add_test(NAME run.browser COMMAND ${tests_python} -B -m unittest browser_test
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(run.browser PROPERTIES LABELS browser TIMEOUT 900
                       ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>;CHROMIUM=${CHROMIUM}")
else()
  message(STATUS "no chromium: the report's tests in a browser are left out "
                 "(scripts/setup --browser installs it)")
endif()
