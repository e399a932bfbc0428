rfmap_test(model_test
           SOURCES model_sha256_test.cpp model_names_test.cpp model_onnx_file_test.cpp
                   model_onnx_constants_test.cpp model_onnx_inlining_test.cpp
                   model_onnx_ops_test.cpp
                   model_onnx_refusal_test.cpp model_damage_test.cpp
                   model_caffe_file_test.cpp model_caffe_layers_test.cpp
                   model_caffe_forks_test.cpp model_caffe_pointwise_test.cpp model_onnx_pointwise_test.cpp
                   model_layers_test.cpp model_paths_test.cpp model_resize_test.cpp
                   model_theory_test.cpp model_views_test.cpp
           LINK model graph PRIVATE rfmap_schema LABELS unit)

# Writes the activations of a network, for tests/models/agree.py and operators.py.
add_executable(dump_activations ../tools/dump_activations.cpp)
target_include_directories(dump_activations PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(dump_activations PRIVATE rfmap_model rfmap_plan rfmap_engines
                                               nlohmann_json::nlohmann_json)
