#include <utility>

#include "base/backoff.hpp"
#include "daemon/set_runner.hpp"
#include "protocol/machines/listener_patience.hpp"

/// Durable first, then done: see SetRunner.
namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

}  // namespace

void SetRunner::wake_rounds() {
  dirty_ = true;
  changed_.notify_all();
}

asio::awaitable<void> SetRunner::settle_rounds() {
  while (!ended_) {
    if (!dirty_) {
      auto longest = base::Condition::Duration::max();
      if (unwritten_)
        longest =
            base::backoff_delay(protocol::kTransient, failed_writes_ - 1, *ports_.hooks.random);
      co_await changed_.wait_for(longest);
      if (!dirty_ && !unwritten_) continue;
    }
    if (ended_) co_return;
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
}

asio::awaitable<Result<void>> SetRunner::make_durable() {
  auto const now = std::chrono::floor<std::chrono::milliseconds>(ports_.hooks.clock->now().wall);
  auto changes = rows_.changes(fleet_.runners(), now);
  std::size_t const others = other_changes_.size();
  changes.insert(changes.end(), other_changes_.begin(), other_changes_.end());
  // Also if nothing has changed: no message is acknowledged while the disk does not work, and after
  // a failure it is tried whether it works again.
  if (std::exchange(must_write_, false) || unwritten_)
    changes.emplace_back(store::NoteScaleSet{record_.key, record_.id, record_.ours});
  if (changes.empty() && !must_check_) co_return Result<void>();
  must_check_ = false;
  auto written = co_await ports_.book->commit(std::move(changes));
  if (!written) co_return written;
  rows_.written();
  other_changes_.erase(other_changes_.begin(),
                       other_changes_.begin() + static_cast<std::ptrdiff_t>(others));
  co_return written;
}

void SetRunner::note_outcome(Result<void> const& written) {
  bool const was_unwritten = unwritten_.has_value();
  if (written) {
    unwritten_.reset();
    failed_writes_ = 0;
    if (was_unwritten) log_.info("the journal can be written again; runners are started again");
  } else {
    unwritten_ = written.error();
    ++failed_writes_;
    bool const told = detached_ && unwritten_->message == detached_because_;  // the lock is lost
    if (!was_unwritten && !told)
      log_.error(
          "the journal cannot be written: no runner is started, no job is taken, running jobs go "
          "on; tried again until it works",
          {{"error", written.error().message}});
  }
  if (was_unwritten != unwritten_.has_value()) feed(fleet::StartsHalted{unwritten_ || detached_});
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
