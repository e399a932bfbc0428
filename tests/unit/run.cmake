rfmap_test(run_units_test
  SOURCES run_clusters_test.cpp run_costs_test.cpp run_folder_test.cpp run_identity_test.cpp
          run_memory_left_test.cpp run_scan_times_test.cpp run_shards_test.cpp
          run_shuffle_weights_test.cpp run_work_list_test.cpp run_workers_test.cpp
  LINK run LABELS unit)
