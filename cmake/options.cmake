# Flags that every target of ours shares, in one interface target.
add_library(scaleset_flags INTERFACE)
target_compile_options(scaleset_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -fno-omit-frame-pointer)
if(PROJECT_IS_TOP_LEVEL)  # another project's compiler may be one we never met
  target_compile_options(scaleset_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12 uses its own deprecated std::get_temporary_buffer in std::stable_sort.
  target_compile_options(scaleset_flags INTERFACE -Wno-deprecated-declarations)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside libstdc++ and Boost, and for the frames of coroutines, for correct code once it inlines.
  target_compile_options(scaleset_flags INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
    -Wno-dangling-pointer -Wno-free-nonheap-object
    -Wno-mismatched-new-delete)
endif()

set(SCALESET_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
if(SCALESET_SANITIZE)
  target_compile_options(scaleset_flags INTERFACE -fsanitize=${SCALESET_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(scaleset_flags INTERFACE -fsanitize=${SCALESET_SANITIZE})
  if(SCALESET_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(scaleset_flags INTERFACE -Wno-tsan)  # Asio uses fences, which tsan does not model
  endif()
endif()

# The fuzz targets find their way by the coverage of what they call.
option(SCALESET_FUZZ "Build the fuzz targets (clang)" OFF)
if(SCALESET_FUZZ)
  target_compile_options(scaleset_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Never for what is shipped: see base/crash_point.hpp.
option(SCALESET_CRASH_POINTS "Let SCALESET_CRASH_AT=N in the environment kill scaleset run at the N-th step of its journal" OFF)

find_program(SCALESET_MOLD mold)
if(SCALESET_MOLD)
  target_link_options(scaleset_flags INTERFACE -fuse-ld=mold)
endif()

find_program(SCALESET_CCACHE ccache)
if(SCALESET_CCACHE)
  # With a precompiled header ccache needs to be told that its macros and time stamps are ours to vouch for. Relative paths let one
  # clone profit from another's cache.
  set(ccache_settings CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    list(APPEND ccache_settings CCACHE_PCH_EXTSUM=1)  # see scaleset_precompile()
  endif()
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env ${ccache_settings} ${SCALESET_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(scaleset_flags INTERFACE -fpch-preprocess)
  else()
    target_compile_options(scaleset_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
    # CMake also names the header, by an absolute path that ccache does not understand.
    set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)
  endif()
endif()
