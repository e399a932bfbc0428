rfmap_test(graph_test
           SOURCES graph_activation_test.cpp graph_field_property_test.cpp graph_global_test.cpp graph_passes_test.cpp
                   graph_rearrange_test.cpp graph_reductions_test.cpp graph_resample_test.cpp
                   graph_shape_test.cpp graph_theory_test.cpp graph_unit_fields_test.cpp
                   graph_table_test.cpp
           LINK graph LABELS unit)
