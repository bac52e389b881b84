# libscaleset, as others use it: `scaleset::scaleset`, from the installed package or by add_subdirectory, and a pkg-config file.
set(rooms base http protocol client listener)
list(TRANSFORM rooms REPLACE "(.+)" "$<TARGET_OBJECTS:scaleset_\\1>" OUTPUT_VARIABLE objects)
list(TRANSFORM objects REPLACE "(.+)" "$<FILTER:\\1,INCLUDE,\\\\.o$>")  # without precompiled headers
add_library(scaleset_library STATIC ${objects})
add_library(scaleset::scaleset ALIAS scaleset_library)
set_target_properties(scaleset_library PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME scaleset EXPORT_NAME scaleset)
target_compile_features(scaleset_library INTERFACE cxx_std_23)
# The library holds the one copy of Asio's code; a user of scaleset/async must not bring a second.
target_compile_definitions(scaleset_library INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX)
target_include_directories(scaleset_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(scaleset_library INTERFACE
  CURL::libcurl OpenSSL::SSL OpenSSL::Crypto Boost::headers Boost::json Threads::Threads)

if(PROJECT_IS_TOP_LEVEL)
  include(CMakePackageConfigHelpers)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/scaleset)
  install(TARGETS scaleset_library EXPORT scaleset ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY include/scaleset DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.hpp)
  install(FILES ${PROJECT_BINARY_DIR}/include/scaleset/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/scaleset)
  install(EXPORT scaleset NAMESPACE scaleset:: FILE scaleset-targets.cmake DESTINATION ${package_dir})
  write_basic_package_version_file(scaleset-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES cmake/scaleset-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/scaleset-config-version.cmake DESTINATION ${package_dir})
  # Relative to the file itself, so that the installed tree can be moved.
  file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(cmake/scaleset.pc.in scaleset.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/scaleset.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
