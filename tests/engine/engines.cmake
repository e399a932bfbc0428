rfmap_test(engine_test
  SOURCES agreement_test.cpp
  LINK engines plan graph core LABELS engine)
