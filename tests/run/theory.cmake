# Theory against ONNX Runtime (agreement: the Python of scripts/setup --tests), and the examples of
# docs/reading-results.md in the languages that are installed; ctest reports the others as skipped.
if(EXISTS ${RFMAP_PYTHON})
  add_test(NAME Agreement.TheoryReads
           COMMAND ${RFMAP_PYTHON} ${PROJECT_SOURCE_DIR}/tests/models/theory_reads.py
                   --rfmap $<TARGET_FILE:rfmap> --work ${CMAKE_CURRENT_BINARY_DIR}/theory_reads)
  add_test(NAME Agreement.RandomFields
           COMMAND ${RFMAP_PYTHON} ${PROJECT_SOURCE_DIR}/tests/models/random_fields.py
                   --rfmap $<TARGET_FILE:rfmap> --dump $<TARGET_FILE:dump_activations>
                   --work ${CMAKE_CURRENT_BINARY_DIR}/random_fields)
  set_tests_properties(Agreement.TheoryReads Agreement.RandomFields
                       PROPERTIES LABELS agreement TIMEOUT 600)
endif()

set(theory_sample ${CMAKE_CURRENT_BINARY_DIR}/theory_sample.h5)
add_test(NAME Theory.WriteSample
         COMMAND rfmap theory --model ${PROJECT_SOURCE_DIR}/data/leafnet.onnx --neuron data:3:4
                 --format hdf5 --out ${theory_sample})
add_test(NAME Theory.ReadersAgree
         COMMAND ${tests_python} ${CMAKE_CURRENT_SOURCE_DIR}/read_results.py ${theory_sample})
set_tests_properties(Theory.WriteSample PROPERTIES FIXTURES_SETUP theory_sample LABELS run)
set_tests_properties(Theory.ReadersAgree PROPERTIES FIXTURES_REQUIRED theory_sample LABELS run
                     TIMEOUT 300)

foreach(language python octave r)
  add_test(NAME Examples.${language}
           COMMAND ${tests_python} -B ${CMAKE_CURRENT_SOURCE_DIR}/doc_examples.py ${language}
                   ${PROJECT_SOURCE_DIR}/docs/reading-results.md
                   ${CMAKE_CURRENT_BINARY_DIR}/results_sample.h5
                   ${PROJECT_SOURCE_DIR}/data/leafnet.onnx)
  set_tests_properties(Examples.${language} PROPERTIES LABELS run TIMEOUT 600
                       FIXTURES_REQUIRED results_sample SKIP_RETURN_CODE 77
                       ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
endforeach()
