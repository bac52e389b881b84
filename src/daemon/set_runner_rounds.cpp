#include <algorithm>
#include <utility>

#include "base/backoff.hpp"
#include "daemon/set_runner.hpp"

/// Durable first, then done: see SetRunner.
namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr base::Condition::Duration kNoTime{0};
/// Short waits: trying to write burdens nobody, and jobs may be waiting.
constexpr base::BackoffOptions kBetweenWrites{std::chrono::seconds(1), std::chrono::seconds(10)};
/// The journal works again if no write has failed for so long.
constexpr std::chrono::seconds kCalm{10};

}  // namespace

void SetRunner::begin_rounds() {
  rounds_begun_ = true;
  if (dirty_) wake_rounds();
}

void SetRunner::wake_rounds() {
  dirty_ = true;
  changed_.notify_all();
  if (rounds_begun_ && !ended_ && !std::exchange(settling_, true)) tasks_.spawn(settle_rounds());
}

/// Ends when nothing is left to do, so that a scale set in which nothing happens has no coroutine
/// for it.
asio::awaitable<void> SetRunner::settle_rounds() {
  while (!ended_) {
    if (!dirty_) {
      if (unwritable_.failures() == 0) break;
      auto const due = unwritten_ ? write_again_at_ : write_again_at_ + kCalm;
      auto const longest = std::max(due - ports_.hooks.clock->now().steady, kNoTime);
      co_await changed_.wait_for(longest);
    }
    if (ended_) break;
    dirty_ = false;
    auto const round = std::exchange(round_, std::make_shared<Round>());
    auto const written = co_await make_durable();
    note_outcome(written);
    for (auto const& action : round->actions) {
      // Whatever is wanted now, the next start will want again, and nothing may be started any
      // more. What was begun before is told by its outcome.
      if (detached_) break;
      if (written) {
        perform(action);
      } else {
        refuse(action, written.error());
      }
    }
    round->result = written;
    round->done.notify_all();
  }
  settling_ = false;
}

asio::awaitable<Result<void>> SetRunner::make_durable() {
  auto const now = ports_.hooks.clock->now();
  auto changes =
      rows_.changes(fleet_.runners(), std::chrono::floor<std::chrono::milliseconds>(now.wall));
  if (auto held = held_rows_.change(fleet_.held_jobs(), now)) changes.push_back(*std::move(held));
  std::size_t const others = other_changes_.size();
  changes.insert(changes.end(), other_changes_.begin(), other_changes_.end());
  // Also if nothing has changed: no message is acknowledged while the disk does not work, and after
  // a failure it is tried whether it works again.
  bool const is_tried = unwritable_.failures() > 0;
  if (std::exchange(must_write_, false) || is_tried) changes.emplace_back(scale_set_note());
  if (changes.empty() && !must_check_) co_return Result<void>();
  must_check_ = false;
  auto written = co_await ports_.book->commit(record_.key, std::move(changes));
  if (!written) co_return written;
  rows_.written();
  held_rows_.written();
  other_changes_.erase(other_changes_.begin(),
                       other_changes_.begin() + static_cast<std::ptrdiff_t>(others));
  // There are seldom any more, and thousands of scale sets would keep the room.
  if (other_changes_.empty()) other_changes_.shrink_to_fit();
  co_return written;
}

store::NoteScaleSet SetRunner::scale_set_note() const noexcept {
  // One of ours without an id is one that is being created: see note_creation().
  if (creating_) return {record_.key, ScaleSetId{}, true};
  return {record_.key, record_.id, record_.ours};
}

void SetRunner::note_outcome(Result<void> const& written) {
  bool const was_unwritten = unwritten_.has_value();
  auto const now = ports_.hooks.clock->now().steady;
  if (!written) {
    unwritten_ = written.error();
    write_again_at_ =
        now + base::backoff_delay(kBetweenWrites, unwritable_.failures(), *ports_.hooks.random);
    bool const told = detached_ && unwritten_->message == detached_because_;  // the lock is lost
    if (unwritable_.failures() == 0 && !told)
      log_.error(
          "the journal cannot be written: no runner is started, no job is taken, running jobs go "
          "on; tried again until it works",
          {{"error", written.error().message}});
    unwritable_.failed(written.error(), now);
  } else if (now >= write_again_at_) {
    // Not earlier: where the disk is full, what is left to write after a failure may be so little
    // that it fits, and then starting a runner would fail at once.
    unwritten_.reset();
    auto const lasted = now >= write_again_at_ + kCalm ? unwritable_.worked(now) : std::nullopt;
    if (lasted) {
      std::string const after = base::in_words(*lasted);
      log_.info("the journal can be written again; runners are started again", {{"after", after}});
    }
  }
  if (was_unwritten == unwritten_.has_value()) return;
  feed(fleet::StartsHalted{unwritten_ || detached_});
  // It waits to be given the message again that could not be applied.
  if (!unwritten_ && listener_) listener_->retry_now();
}

/// Nobody settles what comes from now on.
void SetRunner::end_rounds() {
  round_->result = fail(ErrorCode::cancelled, "the scale set is not served any more");
  round_->done.notify_all();
}

Task<void> SetRunner::settled() {
  auto const round = round_;
  wake_rounds();
  while (!round->result) {
    co_await round->done.wait_despite_cancellation();
  }
  co_return *round->result;
}

}  // namespace scaleset::daemon
