#pragma once

#include <boost/asio/thread_pool.hpp>

#include "base/background.hpp"

namespace scaleset::backends {

/// The threads on which a process waits for its disks: four, however many scale sets it serves (ADR
/// 54). What must not wait for each other does not: a start never waits for the removal of a
/// folder, which can take minutes, and a look waits for neither. Outlives everybody's calls.
class DiskThreads {
  boost::asio::thread_pool files_{3};
  boost::asio::thread_pool eyes_{1};

 public:
  base::Background starts{files_.get_executor()};
  base::Background clears{files_.get_executor(), 2};  // so that one thread is left for starts
  base::Background looks{eyes_.get_executor()};
};

}  // namespace scaleset::backends
