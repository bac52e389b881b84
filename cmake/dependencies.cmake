# All dependencies are Debian 12 packages (`./dev setup`); nothing is vendored or downloaded.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers json)
find_package(CURL REQUIRED)
find_package(OpenSSL 3 REQUIRED)
if(PROJECT_IS_TOP_LEVEL)  # the library needs none of these
  find_package(SQLite3 REQUIRED)
  find_package(date CONFIG REQUIRED)  # time zones: g++ 12's library has none
  find_package(GTest CONFIG REQUIRED)
endif()

add_library(scaleset_boost INTERFACE)
target_link_libraries(scaleset_boost INTERFACE Boost::headers Boost::json OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(scaleset_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX)
