# Runs divided in shards, and runs that are killed and resumed; RFMAP_PYTHON is a Python with h5py.
foreach(case shards_test.SameBytes shards_test.Stopped shards_test.Refused killed_test.Killed
             killed_test.OtherRuns killed_gradient_test.Gradients)
  run_test(${case})
endforeach()
