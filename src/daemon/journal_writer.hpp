#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
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
  /// The same for a single scale set.
  void on_lost_set(std::function<void(store::ScaleSetKey, Error const&)> lost) {
    on_lost_set_ = std::move(lost);
  }

  boost::asio::awaitable<Result<SetRecord>> open(SetPlace place) override;
  boost::asio::awaitable<Result<void>> commit(store::ScaleSetKey set,
                                              std::vector<store::Change> changes) override;
  boost::asio::awaitable<void> close(store::ScaleSetKey set) override;
  /// As open(), on the calling thread, while nothing else is under way: for tests.
  [[nodiscard]] Result<SetRecord> open_set(base::OwnerKey const& owner);
  /// Waits for what is under way. Nothing may be asked for afterwards.
  boost::asio::awaitable<void> finish();
  /// After finish(): see Premises.
  void leave_unused() { premises_->leave_unused(); }

 private:
  struct Waiting {
    enum class Kind : std::uint8_t { open, commit, close };
    Kind kind = Kind::commit;
    SetPlace place;          // of `open`
    store::ScaleSetKey set;  // of the others
    std::vector<store::Change> changes;
    bool done = false;
    Result<SetRecord> record = SetRecord();  // of `open`
    Result<void> result;                     // of `commit`
    base::Condition changed;
  };
  using Group = std::vector<std::shared_ptr<Waiting>>;
  /// What is handed to the disk's thread: one entry for each of the group.
  struct Work {
    Work() = default;
    std::vector<SetPlace> opened;
    Premises::Group changes;
    Premises::Sets changed;
    Premises::Sets closed;
  };
  struct Outcome {
    Outcome() = default;
    std::vector<Result<SetRecord>> records;
    Premises::Written written;
  };
  boost::asio::awaitable<std::shared_ptr<Waiting>> done(std::shared_ptr<Waiting> mine);
  boost::asio::awaitable<void> write();
  boost::asio::awaitable<Outcome> work_on_disk(Work work);
  static Work work_of(Group const& group);
  static void tell(Group const& group, Outcome& outcome);
  void report(Premises::Written const& written);

  base::Background disk_;
  std::shared_ptr<Premises> premises_;  // on the disk's thread while work_on_disk() runs
  base::Logger log_;
  std::function<void(Error const&)> on_lost_;
  std::function<void(store::ScaleSetKey, Error const&)> on_lost_set_;
  Group waiting_;
  bool writing_ = false;
  async::TaskScope tasks_;
};

/// What the log says about files that were made again.
[[nodiscard]] std::string text_of_mending(Premises::Written const& written);

}  // namespace scaleset::daemon
