rfmap_test(engine_test
  SOURCES agreement_test.cpp convolution_test.cpp determinism_test.cpp occlusion_test.cpp
          pointwise_test.cpp pooling_test.cpp reads_test.cpp rearrange_test.cpp
  LINK engines plan graph core PRIVATE OpenMP::OpenMP_CXX LABELS engine)
