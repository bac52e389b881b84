# libscaleset, as others use it: from the installed package, by add_subdirectory, or with pkg-config (ADR 32).
#
#   scaleset::scaleset   the blocking API; puts nothing but our include folder and C++23 on a user's compile lines
#   scaleset::async      scaleset/async/ as well: adds Boost's headers and the macros that Asio must be used with
set(rooms base http protocol client listener)
list(TRANSFORM rooms REPLACE "(.+)" "$<TARGET_OBJECTS:scaleset_\\1>" OUTPUT_VARIABLE objects)
list(TRANSFORM objects REPLACE "(.+)" "$<FILTER:\\1,INCLUDE,\\\\.o$>")  # without precompiled headers
add_library(scaleset_library STATIC ${objects})
add_library(scaleset::scaleset ALIAS scaleset_library)
set_target_properties(scaleset_library PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME scaleset EXPORT_NAME scaleset)
target_compile_features(scaleset_library INTERFACE cxx_std_23)
target_include_directories(scaleset_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# PRIVATE: for a user's link line only.
target_link_libraries(scaleset_library PRIVATE
  CURL::libcurl OpenSSL::SSL OpenSSL::Crypto Boost::json Threads::Threads)

add_library(scaleset_async INTERFACE)
add_library(scaleset::async ALIAS scaleset_async)
set_target_properties(scaleset_async PROPERTIES EXPORT_NAME async)
# The library holds the one copy of Asio's code; whoever includes Asio must not bring a second.
set(asio_macros
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX)
target_compile_definitions(scaleset_async INTERFACE ${asio_macros})
target_link_libraries(scaleset_async INTERFACE scaleset_library Boost::headers Threads::Threads)

if(PROJECT_IS_TOP_LEVEL)
  include(CMakePackageConfigHelpers)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/scaleset)
  install(TARGETS scaleset_library scaleset_async EXPORT scaleset ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY include/scaleset DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.hpp)
  install(FILES ${PROJECT_BINARY_DIR}/include/scaleset/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/scaleset)
  install(EXPORT scaleset NAMESPACE scaleset:: FILE scaleset-targets.cmake DESTINATION ${package_dir})
  write_basic_package_version_file(scaleset-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES cmake/scaleset-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/scaleset-config-version.cmake DESTINATION ${package_dir})
  # Relative to the file itself, so that the installed tree can be moved.
  file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  list(TRANSFORM asio_macros PREPEND -D OUTPUT_VARIABLE asio_flags)
  list(JOIN asio_flags " " asio_flags)
  foreach(module scaleset scaleset-async)
    configure_file(cmake/${module}.pc.in ${module}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${module}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endforeach()
  # The headers cite protocol.md and field-problems.md, and README.md links to the others.
  install(FILES LICENSE README.md HACKING.md SECURITY.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN reference EXCLUDE)
endif()
