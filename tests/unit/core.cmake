rfmap_test(core_test
           SOURCES core_aggregate_test.cpp core_bootstrap_test.cpp core_occlusion_test.cpp
                   core_preprocess_test.cpp core_sizes_test.cpp core_topk_test.cpp
           LINK core LABELS unit)
