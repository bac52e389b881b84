#include "simulator/front/parts/live_model.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "http/sleep.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::milliseconds kLongestSleep = std::chrono::hours(1);

}  // namespace

LiveModel::LiveModel(asio::any_io_executor executor, Model initial_model, TimeKeeper time_keeper,
                     std::optional<StateWriter> state_writer, base::Logger log)
    : model(std::move(initial_model)),
      time(std::move(time_keeper)),
      waiters(&time),
      timer_(executor),
      state_writer_(std::move(state_writer)),
      log_(log) {
  if (state_writer_) model.start_recording();
}

bool LiveModel::commit_changes() {
  if (state_writer_ && saved_revision_ != model.revision()) {
    Result<void> const saved = state_writer_->save(model.take_operations(), model.world());
    if (!saved) {
      log_.error("the state could not be saved", {{"error", saved.error().message}});
      return false;
    }
    saved_revision_ = model.revision();
  }
  for (Channel const channel : model.take_wakeups()) waiters.wake(channel);
  if (timer_deadline_ != model.next_look()) timer_.cancel();
  return true;
}

asio::awaitable<void> LiveModel::keep_time() {
  for (;;) {
    bool const cancelled_before = co_await http::is_cancelled();
    if (cancelled_before) co_return;
    set_timer();
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    catch_up();
    // No call is being answered, so a failure to save is left to the next call, which tries again.
    static_cast<void>(commit_changes());
  }
}

void LiveModel::set_timer() {
  timer_deadline_ = model.next_look();
  std::chrono::milliseconds const wait = timer_deadline_ - now();
  timer_.expires_after(std::clamp(wait, {}, kLongestSleep));
}

}  // namespace scaleset::simulator
