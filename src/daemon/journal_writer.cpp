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

asio::awaitable<Result<SetRecord>> JournalWriter::open(SetPlace place) {
  auto mine = std::make_shared<Waiting>();
  mine->kind = Waiting::Kind::open;
  mine->place = std::move(place);
  auto const finished = co_await done(std::move(mine));
  co_return std::move(finished->record);
}

asio::awaitable<Result<void>> JournalWriter::commit(store::ScaleSetKey set,
                                                    std::vector<store::Change> changes) {
  auto mine = std::make_shared<Waiting>();
  mine->set = set;
  mine->changes = std::move(changes);
  auto const finished = co_await done(std::move(mine));
  co_return std::move(finished->result);
}

asio::awaitable<void> JournalWriter::close(store::ScaleSetKey set) {
  auto mine = std::make_shared<Waiting>();
  mine->kind = Waiting::Kind::close;
  mine->set = set;
  co_await done(std::move(mine));
}

asio::awaitable<std::shared_ptr<JournalWriter::Waiting>> JournalWriter::done(
    std::shared_ptr<Waiting> mine) {
  waiting_.push_back(mine);
  if (!std::exchange(writing_, true)) tasks_.spawn(write());
  while (!mine->done) {
    co_await mine->changed.wait_despite_cancellation();
  }
  co_return mine;
}

asio::awaitable<void> JournalWriter::write() {
  while (!waiting_.empty()) {
    Group const group = std::exchange(waiting_, {});
    Work work = work_of(group);
    auto outcome = co_await work_on_disk(std::move(work));
    report(outcome.written);
    tell(group, outcome);
  }
  writing_ = false;
}

JournalWriter::Work JournalWriter::work_of(Group const& group) {
  Work work;
  for (auto const& waiting : group) {
    switch (waiting->kind) {
      case Waiting::Kind::open: work.opened.push_back(waiting->place); break;
      case Waiting::Kind::close: work.closed.push_back(waiting->set); break;
      case Waiting::Kind::commit:
        work.changes.push_back(std::move(waiting->changes));
        work.changed.push_back(waiting->set);
        break;
    }
  }
  return work;
}

void JournalWriter::tell(Group const& group, Outcome& outcome) {
  std::size_t opened = 0;
  std::size_t written = 0;
  for (auto const& waiting : group) {
    if (waiting->kind == Waiting::Kind::open)
      waiting->record = std::move(outcome.records.at(opened++));
    else if (waiting->kind == Waiting::Kind::commit)
      waiting->result = std::move(outcome.written.results.at(written++));
    waiting->done = true;
    waiting->changed.notify_all();
  }
}

asio::awaitable<JournalWriter::Outcome> JournalWriter::work_on_disk(Work work) {
  std::size_t const opens = work.opened.size();
  std::size_t const commits = work.changes.size();
  base::Background::Work<Outcome> task = [premises = premises_,
                                          work = std::move(work)]() -> Result<Outcome> {
    Outcome outcome;
    if (!work.opened.empty()) outcome.records = premises->open_sets(work.opened);
    if (!work.changes.empty()) outcome.written = premises->write(work.changes, work.changed);
    for (store::ScaleSetKey const set : work.closed) premises->close_set(set);
    return outcome;
  };
  std::stop_source const nobody_stops_it;
  auto done = co_await disk_.run<Outcome>(std::move(task), nobody_stops_it);
  if (done) co_return *std::move(done);
  Outcome failed;
  failed.records.assign(opens, std::unexpected(done.error()));
  failed.written.results.assign(commits, std::unexpected(done.error()));
  co_return failed;
}

void JournalWriter::report(Premises::Written const& written) {
  if (!written.mended.empty()) {
    log_.warn(
        text_of_mending(written),
        {{"files", written.mended}, {"kept", written.kept.empty() ? "nothing" : written.kept}});
  }
  if (on_lost_set_)
    for (auto const& [set, error] : written.lost_sets) on_lost_set_(set, error);
  if (written.lost && on_lost_) std::exchange(on_lost_, nullptr)(*written.lost);
}

asio::awaitable<void> JournalWriter::finish() { co_await tasks_.join(); }

}  // namespace scaleset::daemon
