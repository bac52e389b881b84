#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "scaleset/error.hpp"

namespace scaleset::backends {

/// Runs work on a pool of threads. This is the only place in this room that uses other threads than
/// the loop's: making a runner's folder, or removing the million files of a job, can take the disk
/// minutes, and no poll may wait for that. Work and result are values; nothing is shared with the
/// loop.
class Background {
 public:
  Background() : pool_(kThreads) {}
  Background(Background const&) = delete;
  Background& operator=(Background const&) = delete;
  /// Only while no run() is under way.
  ~Background() { pool_.join(); }

  /// The work runs to its end even if the waiting coroutine is cancelled. Work that has to end
  /// early must be given a stop token.
  boost::asio::awaitable<Result<void>> run(std::function<Result<void>()> work);

 private:
  // Several, so that a new runner does not wait until the folder of an old one is removed.
  static constexpr std::size_t kThreads = 4;
  boost::asio::thread_pool pool_;
};

}  // namespace scaleset::backends
