#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/background.hpp"
#include "base/condition.hpp"
#include "base/log.hpp"
#include "daemon/book.hpp"
#include "daemon/premises.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::daemon {

/// The book that is a journal. It is written on another thread, so that the loop never waits for a
/// disk. What is handed in while a transaction is under way goes into the next one together:
/// however many scale sets there are, the disk syncs once for all of them (group commit).
class JournalWriter final : public Book {
 public:
  /// `disk` runs the transactions, one at a time: a thread of its own, or the loop itself in a
  /// simulation. Files that somebody has removed and that were made again are told to `log`.
  JournalWriter(boost::asio::any_io_executor loop, boost::asio::any_io_executor disk,
                Premises premises, base::Logger log = {});

  /// `lost` is called when another process has taken the premises: once, and with the reason.
  void on_lost(std::function<void(Error const&)> lost) { on_lost_ = std::move(lost); }

  [[nodiscard]] Result<SetRecord> open_set(base::OwnerKey const& owner) override;
  boost::asio::awaitable<Result<void>> commit(std::vector<store::Change> changes) override;
  /// Waits for what is under way. No commit may be made afterwards.
  boost::asio::awaitable<void> close();
  /// After close(): see Premises.
  void leave_unused() { premises_->leave_unused(); }

 private:
  struct Waiting {
    std::vector<store::Change> changes;
    std::optional<Result<void>> result;
    base::Condition done;
  };
  using Group = std::vector<std::shared_ptr<Waiting>>;
  boost::asio::awaitable<void> write();
  boost::asio::awaitable<Premises::Written> write_on_disk(Group group);
  void report(Premises::Written const& written);

  base::Background disk_;
  std::shared_ptr<Premises> premises_;  // on the disk's thread while write_on_disk() runs
  base::Logger log_;
  std::function<void(Error const&)> on_lost_;
  Group waiting_;
  bool writing_ = false;
  async::TaskScope tasks_;
};

/// What the log says about files that were made again.
[[nodiscard]] std::string text_of_mending(Premises::Written const& written);

}  // namespace scaleset::daemon
