if(PROJECT_IS_TOP_LEVEL)
  include(GoogleTest)
endif()

# A precompiled header for a target. Only headers of the system may be in it: clang's names the folder that it was made in, so that its contents
# would keep one clone from profiting from another's compiler cache, and ccache looks at the file beside it instead.
function(scaleset_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.pch.sum
      CONTENT "${ARGN} ${CMAKE_CXX_COMPILER_VERSION} ${Boost_VERSION} ${GTest_VERSION} ${CLI11_VERSION}\n")
  endif()
endfunction()

# scaleset_room(NAME [DEPENDS room...] [LINK target...] [PCH header...] [ONE_PROCESS])
#
# A room is one folder below src/: every *.cpp is part of its library, every *_test.cpp of its test program. The folder
# is read at configure time so that adding a file needs no second edit. The precompiled header is the room's, for speed only:
# the header check compiles without it, so no file can come to depend on it unnoticed.
function(scaleset_room name)
  cmake_parse_arguments(ROOM "ONE_PROCESS" "" "DEPENDS;LINK;PCH" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$|/testing/|/main\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$|/testing/.*\\.cpp$")
  list(TRANSFORM ROOM_DEPENDS PREPEND scaleset_)

  add_library(scaleset_${name} STATIC ${sources})
  target_include_directories(scaleset_${name} PUBLIC
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/include)
  target_link_libraries(scaleset_${name} PUBLIC ${ROOM_DEPENDS} ${ROOM_LINK} PRIVATE scaleset_flags)
  if(ROOM_PCH)
    scaleset_precompile(scaleset_${name} ${ROOM_PCH})
  endif()

  if(tests AND PROJECT_IS_TOP_LEVEL)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE scaleset_${name} scaleset_flags GTest::gmock GTest::gtest_main)
    scaleset_precompile(${name}_test <gmock/gmock.h> <gtest/gtest.h> ${ROOM_PCH})
    if(ROOM_ONE_PROCESS)  # what its tests share (an RSA key) takes longer to make than the tests take
      add_test(NAME ${name}/all COMMAND ${name}_test --gtest_brief=1)
      set_tests_properties(${name}/all PROPERTIES TIMEOUT 300 COST 50)
      return()
    endif()
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
  endif()
endfunction()
