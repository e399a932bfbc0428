# Precompiled headers save a third of the time of compilation; without them (preset tidy) every source
# must include what it uses.
option(RFMAP_PRECOMPILE "Precompile the headers that most sources include" ON)
set(RFMAP_COMMON_HEADERS <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory>
    <numeric> <optional> <span> <string> <string_view> <utility> <variant> <vector> <fmt/format.h>
    <fmt/ranges.h>)

# Compiled together, the sources of a room take less time (docs/development.md); separately (preset tidy, or while one
# source is being changed) every source must include what it uses.
option(RFMAP_UNITY "Compile the sources of a room together, eight at a time" ON)

# rfmap_precompile(TARGET KIND HEADER ...): the first target of a kind precompiles the headers, the others
# of that kind, whose compile options must be the same, use them too.
function(rfmap_precompile target kind)
  if(NOT RFMAP_PRECOMPILE)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY RFMAP_PRECOMPILED_${kind})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    set_property(GLOBAL PROPERTY RFMAP_PRECOMPILED_${kind} ${target})
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # for ccache
endfunction()

# rfmap_room(NAME [BRIEF] [ONEDNN] SOURCES a.cpp ... LINK core ... PRIVATE lib::lib ...): the static
# library rfmap_NAME of one room, with the rooms and libraries that it may use. BRIEF: no loops over
# pixels or values, so -O1 is enough and compiles in half the time. ONEDNN: most sources include it.
function(rfmap_room name)
  cmake_parse_arguments(ARG "BRIEF;ONEDNN" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(rfmap_${name} STATIC ${ARG_SOURCES})
  add_library(rfmap::${name} ALIAS rfmap_${name})
  set_property(GLOBAL APPEND PROPERTY RFMAP_ROOMS ${name})
  target_include_directories(rfmap_${name}
                             PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                             $<INSTALL_INTERFACE:include>
                             PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(rfmap_${name} PRIVATE -Wall -Wextra -Wshadow -Wno-missing-field-initializers)
  target_compile_definitions(rfmap_${name} PUBLIC RFMAP_VERSION="${PROJECT_VERSION}")
  set_target_properties(rfmap_${name} PROPERTIES UNITY_BUILD ${RFMAP_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  if(RFMAP_UNITY)  # GCC takes a source that another includes for a header
    target_compile_options(rfmap_${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  endif()
  if(ARG_BRIEF)
    target_compile_options(rfmap_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    rfmap_precompile(rfmap_${name} brief ${RFMAP_COMMON_HEADERS})
  elseif(ARG_ONEDNN)
    rfmap_precompile(rfmap_${name} onednn ${RFMAP_COMMON_HEADERS} <oneapi/dnnl/dnnl.hpp>)
  else()
    rfmap_precompile(rfmap_${name} room ${RFMAP_COMMON_HEADERS})
  endif()
  foreach(room ${ARG_LINK})
    target_link_libraries(rfmap_${name} PUBLIC rfmap_${room})
  endforeach()
  target_link_libraries(rfmap_${name} PRIVATE ${ARG_PRIVATE} fmt::fmt)
endfunction()

# The code under test is optimised; optimising the tests too would take 1.3 to 1.6 times as long to
# compile.
set(RFMAP_TEST_OPTIONS $<$<CONFIG:Release>:-O1>)

# rfmap_test(NAME SOURCES a.cpp ... LINK core ... PRIVATE lib::lib ... LABELS x): a GoogleTest
# binary whose cases are separate tests; exit code 77 means skipped. Tests see src/ and tests/ as
# include paths.
function(rfmap_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;PREFIX" "SOURCES;LINK;PRIVATE;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-missing-field-initializers
                                         ${RFMAP_TEST_OPTIONS})
  set(kind test)
  if("${ARG_PRIVATE}" MATCHES "OpenMP|dnnl")
    set(kind test_openmp)
  endif()
  rfmap_precompile(${name} ${kind} <gtest/gtest.h> <gmock/gmock.h> ${RFMAP_COMMON_HEADERS})
  foreach(room ${ARG_LINK})
    target_link_libraries(${name} PRIVATE rfmap_${room})
  endforeach()
  target_link_libraries(${name} PRIVATE ${ARG_PRIVATE} GTest::gmock GTest::gtest_main fmt::fmt)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)  # an empty list would take the next word as its value
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 TEST_PREFIX "${ARG_PREFIX}"
                       PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
                       ENVIRONMENT "RFMAP_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()
