#include "client/own_thread.hpp"

#include <boost/asio/post.hpp>
#include <string>
#include <system_error>
#include <thread>

namespace scaleset::client {

Result<void> OwnThread::start(std::string_view who, std::function<void()> work) {
  try {
    std::thread([self = shared_from_this(), work = std::move(work)]() mutable {
      work();
      work = {};  // before the end is told: what the user's function owns is gone then
      self->end();
    }).detach();
    return {};
  } catch (std::system_error const& error) {
    return fail(ErrorCode::io,
                "no thread could be started for " + std::string(who) + ": " + error.what());
  }
}

bool OwnThread::ended() {
  std::scoped_lock const lock(mutex_);  // the function's thread may end() now
  return has_ended_;
}

void OwnThread::end() {
  std::scoped_lock const lock(mutex_);  // the loop's thread may abandon() now
  has_ended_ = true;
  // Abandoned: the coroutine, and perhaps its loop, no longer exist.
  if (ended_ == nullptr) return;
  // The condition belongs to the loop's thread, so it is notified there.
  boost::asio::post(executor_, [self = shared_from_this()] { self->wake(); });
}

void OwnThread::abandon() {
  std::scoped_lock const lock(mutex_);  // the function's thread may end() now
  ended_ = nullptr;
  executor_ = {};
}

void OwnThread::wake() {
  // Without the lock, since ended_ changes on this thread only. The call may have been abandoned
  // between the post and now.
  if (ended_ != nullptr) ended_->notify_all();
}

}  // namespace scaleset::client
