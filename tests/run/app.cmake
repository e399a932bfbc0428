# Complete commands through the built program; they need only Python's standard library.
foreach(case
    wrong_inputs_test.WrongInputs wrong_inputs_test.OutputExists wrong_inputs_test.FullDisk
    estimate_test.Variants estimate_test.Repeat estimate_test.SkippedImages estimate_test.Doubts
    estimate_test.Interrupted
    plan_test.Plan gated_test.Gated varying_test.Varying old_files_test.OldFiles gradient_test.Gradient aggregate_test.WithGradient aggregate_test.Aggregate
    other_commands_test.Clusters other_commands_test.WeightsControl
    scale_test.Scale other_commands_test.Theory other_commands_test.Results other_commands_test.Program)
  run_test(${case})
endforeach()
# The CUDA engine's runs, on a host device.
if(EXISTS "${RFMAP_PYTHON}")
  foreach(case cuda_on_host_test.Precisions several_devices_test.SeveralDevices)
    run_test(${case})
    set_tests_properties(run.${case} PROPERTIES ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap_on_host>")
  endforeach()
endif()
# Gradients of imported networks against recorded ones of PyTorch's autograd.
if(EXISTS "${RFMAP_PYTHON}")
  add_test(NAME Agreement.Gradients
           COMMAND ${RFMAP_PYTHON} ${PROJECT_SOURCE_DIR}/tests/models/gradients.py
                   --rfmap $<TARGET_FILE:rfmap> --work ${CMAKE_CURRENT_BINARY_DIR}/gradients)
  set_tests_properties(Agreement.Gradients PROPERTIES LABELS agreement TIMEOUT 1200 PROCESSORS 2)
endif()
# h5py reads the results: of every fill, response, strategy and engine, and statuses of images; of images in tar
# files; of mirrored networks and images.
if(EXISTS "${RFMAP_PYTHON}")
  foreach(case fills_test.Fills fills_test.Statuses tar_test.Tar mirror_test.Mirrored)
    run_test(${case})
  endforeach()
endif()
# Crafted and damaged results files through every reader; h5py makes them.
if(EXISTS "${RFMAP_PYTHON}")
  foreach(case test_crafted_files_are_refused test_recorded_choices_that_make_no_sense
      test_every_attribute_of_a_layer_is_compared_with_the_others
      test_flipped_bits_are_found test_a_flipped_bit_of_any_dataset_is_found_by_check
      test_cut_files_are_refused)
    add_test(NAME run.hostile_results_test.${case}
             COMMAND ${RFMAP_PYTHON} -B -m unittest hostile_results_test.Hostile.${case}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(run.hostile_results_test.${case} PROPERTIES LABELS run TIMEOUT 600 COST 30
                         ENVIRONMENT "RFMAP=$<TARGET_FILE:rfmap>")
  endforeach()
endif()
