add_executable(dump_activations ../tools/dump_activations.cpp)
target_include_directories(dump_activations PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(dump_activations PRIVATE rfmap_model rfmap_plan rfmap_engines
                                               nlohmann_json::nlohmann_json)
