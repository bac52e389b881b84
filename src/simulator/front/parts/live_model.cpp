#include "simulator/front/parts/live_model.hpp"

#include <algorithm>
#include <utility>

namespace scaleset::simulator {
namespace {

// next_look() may be the end of time, which no timer can wait for.
constexpr std::chrono::milliseconds kLongestSleep = std::chrono::hours(1);

}  // namespace

LiveModel::LiveModel(Model initial_model, TimeKeeper time_keeper,
                     std::optional<StateWriter> state_writer, base::Logger log)
    : model(std::move(initial_model)),
      time(std::move(time_keeper)),
      waiters(&time),
      state_writer_(std::move(state_writer)),
      log_(log) {
  // Otherwise the recorded operations would pile up, since nobody takes them.
  if (state_writer_) model.start_recording();
}

bool LiveModel::commit_changes() {
  // Before anybody is woken: no answer may report what a restart would forget (ADR 26).
  if (state_writer_ && saved_revision_ != model.revision()) {
    Result<void> const saved = state_writer_->save(model.take_operations(), model.world());
    if (!saved) {
      log_.error("the state could not be saved", {{"error", saved.error().message}});
      return false;
    }
    saved_revision_ = model.revision();
  }
  for (Channel const channel : model.take_wakeups()) waiters.wake(channel);
  // keep_time() may be asleep until a later time.
  if (deadline_ != model.next_look()) new_deadline_.notify_all();
  return true;
}

boost::asio::awaitable<void> LiveModel::keep_time() {
  for (;;) {
    deadline_ = model.next_look();
    std::chrono::milliseconds const wait = std::clamp(deadline_ - now(), {}, kLongestSleep);
    bool const running = co_await new_deadline_.wait_for(wait);
    if (!running) co_return;
    catch_up();
    // No call is being answered, so a failure to save is left to the next call, which tries again.
    static_cast<void>(commit_changes());
  }
}

}  // namespace scaleset::simulator
