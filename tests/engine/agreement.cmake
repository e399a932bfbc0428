# Imported networks and single operations against ONNX Runtime and OpenCV (tests/models).
set(RFMAP_PYTHON ${PROJECT_SOURCE_DIR}/.venv/bin/python CACHE FILEPATH
    "Python with tests/models/requirements.txt (scripts/setup --tests)")
if(NOT EXISTS ${RFMAP_PYTHON})
  message(NOTICE "No ${RFMAP_PYTHON} (scripts/setup --tests makes it): the agreement tests are left out.")
  return()
endif()

# agreement_test(NAME SCRIPT ENGINE ARGUMENTS...): the script's exit code is the result.
function(agreement_test name script engine)
  add_test(NAME Agreement.${name}
           COMMAND ${RFMAP_PYTHON} ${PROJECT_SOURCE_DIR}/tests/models/${script}
                   --dump $<TARGET_FILE:dump_activations> --engine ${engine} ${ARGN}
                   --work ${CMAKE_CURRENT_BINARY_DIR}/${name})
  # COST: the longest tests start first, so that none runs alone at the end.
  set_tests_properties(Agreement.${name} PROPERTIES LABELS agreement TIMEOUT 1200 COST 60)
endfunction()

agreement_test(NetworksOnCpu agree.py cpu)
agreement_test(NetworksOnReference agree.py reference --size reduced)
agreement_test(OperationsOnCpu operators.py cpu)
agreement_test(OperationsOnReference operators.py reference)
agreement_test(RandomLayoutsOnCpu random_layouts.py cpu)
agreement_test(CaffeLayersOnCpu caffe_layers.py cpu)
agreement_test(CaffeLayersOnReference caffe_layers.py reference)

# Responses computed by windows compared with those of full passes, for the same networks.
add_executable(compare_windows ../tools/compare_windows.cpp)
target_include_directories(compare_windows PRIVATE ${PROJECT_SOURCE_DIR}/src
                                                   ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(compare_windows PRIVATE rfmap_run rfmap_plan rfmap_engines rfmap_model
                                              CLI11::CLI11 nlohmann_json::nlohmann_json)
add_test(NAME Agreement.WindowsOnCpu
         COMMAND ${RFMAP_PYTHON} ${PROJECT_SOURCE_DIR}/tests/models/windows.py
                 --tool $<TARGET_FILE:compare_windows> --work ${CMAKE_CURRENT_BINARY_DIR}/Windows)
set_tests_properties(Agreement.WindowsOnCpu PROPERTIES LABELS agreement TIMEOUT 1200 COST 90)
