#include "client/loop_thread.hpp"

#include <string>

#include "base/guard.hpp"

namespace scaleset::client {

namespace {

/// Nothing that runs on the loop should throw: user code is guarded, and a call's exceptions go to
/// its caller. If something does all the same, such as a lack of memory, the others go on.
void run(boost::asio::io_context& loop) {
  for (;;) {
    try {
      loop.run();
      return;
    } catch (...) {  // NOLINT(bugprone-empty-catch): see above
    }
  }
}

}  // namespace

LoopThread::LoopThread()
    : loop_(std::make_shared<boost::asio::io_context>(1)), keep_running_(loop_->get_executor()) {
  try {
    // Makes the loop's descriptors now, so that a lack of them shows here.
    base::LoopTimer const first(loop_->get_executor());
    thread_ = std::thread([loop = loop_] { run(*loop); });
  } catch (...) {
    problem_ = base::error_of_exception(ErrorCode::io, "starting the thread of a Runtime");
  }
}

LoopThread::~LoopThread() {
  // The loop then returns once nothing is queued or pending any more.
  keep_running_.reset();
  // A thread cannot join itself. This one runs whatever is still queued, and ends.
  if (!thread_.joinable()) return;
  if (is_this_thread()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

bool LoopThread::is_this_thread() const noexcept {
  return loop_->get_executor().running_in_this_thread();
}

void LoopThread::run_on_loop(std::function<void()> const& work) {
  if (is_this_thread()) return work();
  std::promise<void> done;
  // References are safe, because this thread waits until they have been used.
  boost::asio::post(*loop_, [&work, &done] {
    try {
      work();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

Error LoopThread::on_own_thread(std::string_view method) {
  Error error(ErrorCode::invalid_argument,
              std::string(method) +
                  " was called on the thread of its Runtime, from a hook for example. It would "
                  "wait for ever, since this thread has to do the work it waits for. Call it from "
                  "another thread, or use the coroutines of scaleset/async/client.hpp");
  // Nothing was sent, so the caller may simply make the call elsewhere.
  error.request_sent = false;
  return error;
}

}  // namespace scaleset::client
