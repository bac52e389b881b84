#include "client/loop_thread.hpp"

#include <string>

namespace scaleset::client {

LoopThread::LoopThread()
    : loop_(std::make_shared<boost::asio::io_context>(1)),
      keep_running_(loop_->get_executor()),
      thread_([loop = loop_] { loop->run(); }) {}

LoopThread::~LoopThread() {
  // The loop then returns once nothing is queued or pending any more.
  keep_running_.reset();
  // A thread cannot join itself. This one runs whatever is still queued, and ends.
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
    work();
    done.set_value();
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
