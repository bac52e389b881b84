#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "scaleset/error.hpp"

namespace scaleset::backends {

/// The one place of this room with other threads than the loop's: to lay out a runner or to wipe a
/// job's million files takes the disk seconds to minutes, in which no poll may stand still. Work
/// and result are values; nothing is shared with the loop.
class Background {
 public:
  Background() : pool_(kThreads) {}
  Background(Background const&) = delete;
  Background& operator=(Background const&) = delete;
  /// No run() may be under way.
  ~Background() { pool_.join(); }

  /// Runs to its end also when the waiting coroutine is cancelled: work that shall end early gets a
  /// stop token.
  boost::asio::awaitable<Result<void>> run(std::function<Result<void>()> work);

 private:
  static constexpr std::size_t kThreads =
      4;  // a new runner does not wait for the wiping of an old one
  boost::asio::thread_pool pool_;
};

}  // namespace scaleset::backends
