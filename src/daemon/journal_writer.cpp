#include "daemon/journal_writer.hpp"

#include <utility>

namespace scaleset::daemon {
namespace asio = boost::asio;

std::string text_of_mending(Premises::Written const& written) {
  std::string text =
      "somebody has removed, replaced or damaged files of this scale set; they were made again";
  if (written.mended.contains("journal")) text += ", the journal from memory";
  return text;
}

JournalWriter::JournalWriter(asio::any_io_executor loop, asio::any_io_executor disk,
                             Premises premises, base::Logger log)
    : disk_(std::move(disk)),
      premises_(std::make_shared<Premises>(std::move(premises))),
      log_(std::move(log)),
      tasks_(std::move(loop)) {}

Result<SetRecord> JournalWriter::open_set(base::OwnerKey const& owner) {
  return premises_->open_set(owner);
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
    auto written = co_await write_on_disk(group);
    report(written);
    for (std::size_t i = 0; i < group.size(); ++i) {
      group[i]->result.emplace(std::move(written.results[i]));
      group[i]->done.notify_all();
    }
  }
  writing_ = false;
}

asio::awaitable<Premises::Written> JournalWriter::write_on_disk(Group group) {
  Premises::Group changes;
  changes.reserve(group.size());
  for (auto const& waiting : group) changes.push_back(std::move(waiting->changes));
  base::Background::Work<Premises::Written> work =
      [premises = premises_, changes = std::move(changes)]() -> Result<Premises::Written> {
    return premises->write(changes);
  };
  std::stop_source const nobody_stops_it;
  auto written = co_await disk_.run<Premises::Written>(std::move(work), nobody_stops_it);
  if (written) co_return *std::move(written);
  Premises::Written failed;
  failed.results.assign(group.size(), std::unexpected(written.error()));
  co_return failed;
}

void JournalWriter::report(Premises::Written const& written) {
  if (!written.mended.empty()) {
    log_.warn(
        text_of_mending(written),
        {{"files", written.mended}, {"kept", written.kept.empty() ? "nothing" : written.kept}});
  }
  if (written.lost && on_lost_) std::exchange(on_lost_, nullptr)(*written.lost);
}

asio::awaitable<void> JournalWriter::close() { co_await tasks_.join(); }

}  // namespace scaleset::daemon
