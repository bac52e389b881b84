#include "daemon/journal_writer.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/guard.hpp"

namespace scaleset::daemon {
namespace asio = boost::asio;
namespace {

using Changes = std::vector<std::vector<store::Change>>;

asio::awaitable<std::vector<Result<void>>> write_group_there(
    std::shared_ptr<store::Journal> journal, std::shared_ptr<Changes const> group) {
  co_return write_group(*journal, *group);
}

}  // namespace

std::vector<Result<void>> write_group(store::Journal& journal, Changes const& group) {
  // Out of memory, for example: whoever waits must be told.
  auto const write = [&journal](std::vector<store::Change> const& changes) {
    return base::guarded(ErrorCode::io, "the journal", [&] { return journal.apply(changes); });
  };
  std::vector<store::Change> all;
  for (auto const& changes : group) all.insert(all.end(), changes.begin(), changes.end());
  auto const together = write(all);
  std::vector<Result<void>> results(group.size(), together);
  if (together || group.size() == 1) return results;
  for (std::size_t i = 0; i < group.size(); ++i) results[i] = write(group[i]);
  return results;
}

JournalWriter::JournalWriter(asio::any_io_executor loop, asio::any_io_executor disk,
                             store::Journal journal)
    : disk_(std::move(disk)),
      journal_(std::make_shared<store::Journal>(std::move(journal))),
      tasks_(std::move(loop)) {}

Result<SetRecord> JournalWriter::open_set(base::OwnerKey const& owner) {
  return read_set(*journal_, owner);
}

asio::awaitable<Result<void>> JournalWriter::commit(std::vector<store::Change> changes) {
  auto const mine = std::make_shared<Waiting>();
  mine->changes = std::move(changes);
  waiting_.push_back(mine);
  if (!std::exchange(writing_, true)) tasks_.spawn(write());
  while (!mine->result) {
    co_await mine->done.wait_despite_cancellation();
  }
  co_return *mine->result;
}

asio::awaitable<void> JournalWriter::write() {
  while (!waiting_.empty()) {
    Group const group = std::exchange(waiting_, {});
    auto results = co_await write_on_disk(group);
    for (std::size_t i = 0; i < group.size(); ++i) {
      group[i]->result.emplace(std::move(results[i]));
      group[i]->done.notify_all();
    }
  }
  writing_ = false;
}

asio::awaitable<std::vector<Result<void>>> JournalWriter::write_on_disk(Group group) {
  auto changes = std::make_shared<Changes>();
  for (auto const& waiting : group) changes->push_back(std::move(waiting->changes));
  auto there = write_group_there(journal_, changes);
  // No cancellation slot: what was handed in is written, and a cancellation would act on the other
  // thread.
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
  auto results = co_await asio::co_spawn(disk_, std::move(there), token);
  co_return results;
}

asio::awaitable<void> JournalWriter::close() { co_await tasks_.join(); }

}  // namespace scaleset::daemon
