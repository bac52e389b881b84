#include "client/runtime.hpp"

#include <mutex>

namespace scaleset::inline v0 {

std::shared_ptr<Runtime> make_runtime() { return std::make_shared<Runtime>(); }

}  // namespace scaleset::inline v0

namespace scaleset::client {

std::shared_ptr<Runtime> common_runtime() {
  static std::mutex mutex;
  // Weak, so that the thread ends with the last client instead of at the end of the process.
  static std::weak_ptr<Runtime> common;
  std::lock_guard const lock(mutex);
  std::shared_ptr<Runtime> runtime = common.lock();
  if (!runtime) common = runtime = make_runtime();
  return runtime;
}

}  // namespace scaleset::client
