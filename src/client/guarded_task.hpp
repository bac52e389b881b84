#pragma once

#include <string_view>
#include <utility>

#include "base/guard.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::client {

/// Awaits the Task<T> that `make` returns. What `make` or the task throws becomes an error of that
/// code whose text begins with `who`.
template <class T, class Make>
Task<T> guarded_task(ErrorCode code, std::string_view who, Make make) {
  try {
    co_return co_await make();
  } catch (...) {
    co_return std::unexpected(base::error_of_exception(code, who));
  }
}

}  // namespace scaleset::client
