# The tutorials of docs/, block by block (the Python of scripts/setup --tests; blocks in Python
# where it has PyTorch); all commands, options, functions and links on all pages.
foreach(page pytorch fashion-mnist)
  add_test(NAME Tutorial.${page}
           COMMAND ${tests_python} -B ${CMAKE_CURRENT_SOURCE_DIR}/tutorials.py
                   ${PROJECT_SOURCE_DIR}/docs/${page}.md)
  set_tests_properties(Tutorial.${page} PROPERTIES LABELS run TIMEOUT 900 SKIP_RETURN_CODE 77
                       ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
endforeach()
add_test(NAME run.docs_test COMMAND ${tests_python} -B -m unittest docs_test
         WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
set_tests_properties(run.docs_test PROPERTIES LABELS run TIMEOUT 120
                     ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
# The rooms' includes against their links, and against the page that shows them.
add_test(NAME run.rooms_test COMMAND ${tests_python} -B -m unittest rooms_test
         WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
set_tests_properties(run.rooms_test PROPERTIES LABELS run TIMEOUT 120)
