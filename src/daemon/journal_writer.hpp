#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "base/condition.hpp"
#include "daemon/book.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::daemon {

/// The book that is a journal. It is written on another thread, so that the loop never waits for a
/// disk. What is handed in while a transaction is under way goes into the next one together:
/// however many scale sets there are, the disk syncs once for all of them (group commit).
class JournalWriter final : public Book {
 public:
  /// `disk` runs the transactions, one at a time: a thread of its own, or the loop itself in a
  /// simulation.
  JournalWriter(boost::asio::any_io_executor loop, boost::asio::any_io_executor disk,
                store::Journal journal);

  [[nodiscard]] Result<SetRecord> open_set(base::OwnerKey const& owner) override;
  boost::asio::awaitable<Result<void>> commit(std::vector<store::Change> changes) override;
  /// Waits for what is under way. No commit may be made afterwards.
  boost::asio::awaitable<void> close();

 private:
  struct Waiting {
    std::vector<store::Change> changes;
    std::optional<Result<void>> result;
    base::Condition done;
  };
  using Group = std::vector<std::shared_ptr<Waiting>>;
  boost::asio::awaitable<void> write();
  boost::asio::awaitable<std::vector<Result<void>>> write_on_disk(Group group);

  boost::asio::any_io_executor disk_;
  std::shared_ptr<store::Journal> journal_;  // on the disk's thread while write_on_disk() runs
  Group waiting_;
  bool writing_ = false;
  async::TaskScope tasks_;
};

/// Writes the changes of all in one transaction. If that fails, tries each alone: changes that
/// cannot be written must not keep those of other scale sets from the disk.
[[nodiscard]] std::vector<Result<void>> write_group(
    store::Journal& journal, std::vector<std::vector<store::Change>> const& group);

}  // namespace scaleset::daemon
