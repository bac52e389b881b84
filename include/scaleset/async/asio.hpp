#pragma once

// The library contains the compiled part of Boost.Asio. A program that includes Asio without the
// same macros would get a second one, which fails in ways that nobody understands.
#if !defined(BOOST_ASIO_SEPARATE_COMPILATION)
#error "link the CMake target scaleset::async, or the pkg-config module scaleset-async"
#endif
