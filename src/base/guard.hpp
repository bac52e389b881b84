#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "scaleset/error.hpp"

/// Calls of code that users of the library hand in. What it throws must not travel through the
/// library's coroutines, where nobody would clear up behind it.
namespace scaleset::base {

/// The error that stands for the exception being handled, so call it in a `catch (...)` only. The
/// text is one line that begins with `who`. If the system has no descriptors or threads left, it
/// says so and what to do.
[[nodiscard]] Error error_of_exception(ErrorCode code, std::string_view who);

/// Calls `function`, which returns a Result, and turns what it throws into an error of that code
/// whose text begins with `who`.
template <class Function>
auto guarded(ErrorCode code, std::string_view who, Function&& function)
    -> std::invoke_result_t<Function> {
  try {
    return std::forward<Function>(function)();
  } catch (...) {
    return std::unexpected(error_of_exception(code, who));
  }
}

}  // namespace scaleset::base
