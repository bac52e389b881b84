#include "client/runtime.hpp"

#include <mutex>

#include "scaleset/client.hpp"

namespace scaleset {

std::shared_ptr<Runtime> make_runtime() { return std::make_shared<Runtime>(); }

std::shared_ptr<Runtime> common_runtime() {
  static std::mutex mutex;
  static std::weak_ptr<Runtime> common;
  std::lock_guard const lock(mutex);
  std::shared_ptr<Runtime> runtime = common.lock();
  if (!runtime) common = runtime = make_runtime();
  return runtime;
}

Runtime::Runtime() : thread_([this] { context_.run(); }) {}

Runtime::~Runtime() {
  keep_running_.reset();
  thread_.join();
}

void Runtime::run_on_loop(std::function<void()> work) {
  std::promise<void> done;
  boost::asio::post(context_, [&work, &done] {
    work();
    done.set_value();
  });
  done.get_future().get();
}

}  // namespace scaleset
