#include "mortality.hpp"

#include <utility>
#include <variant>

#include "scaleset/async/timer.hpp"

namespace scaleset::simulation {
namespace {

namespace asio = boost::asio;

Error gone() {
  Error error(ErrorCode::network, "this process is dead");
  error.request_sent = true;
  return error;
}

}  // namespace

Task<HttpResponse> MortalTransport::send(HttpRequest request) {
  if (mortality_->dead) co_return std::unexpected(gone());
  // As every transport does: what is cancelled by now never gets there.
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(ErrorCode::cancelled, "cancelled before it was sent");
  watch_(request);
  if (is_revoked_()) {
    HttpResponse refusal;
    refusal.status = 401;
    refusal.body = R"({"message":"Bad credentials"})";
    co_return refusal;
  }
  auto response = co_await transport_->send(std::move(request));
  if (mortality_->dead) co_return std::unexpected(gone());
  if (response) watch_answer_(*response);
  co_return response;
}

asio::awaitable<Result<daemon::SetRecord>> MortalBook::open(daemon::SetPlace place) {
  auto record = co_await book_.open(std::move(place));
  if (!record) co_return record;
  for (auto const& runner : record->runners) mortality_->rows[runner.name] = runner.id.has_value();
  mortality_->ours = record->ours;
  co_return record;
}

asio::awaitable<Result<void>> MortalBook::commit(store::ScaleSetKey set,
                                                 std::vector<store::Change> changes) {
  // Without changes it only looks whether the journal is still there, which is nothing to die at.
  bool const looks = changes.empty();
  bool const last = !looks && ++mortality_->commits == mortality_->dies_at_commit;
  if (mortality_->commit_takes.count() > 0) {
    // A commit cannot be cancelled, so it does not matter how the wait ends.
    bool const slept = co_await async::sleep_for(mortality_->commit_takes);
    static_cast<void>(slept);
  }
  if (last && mortality_->commits % 2 == 1) mortality_->dead = true;
  if (mortality_->dead) co_return fail(ErrorCode::io, "this process is dead");
  if (mortality_->disk_full) co_return fail(ErrorCode::io, "database or disk is full");
  auto const named = changes;
  auto written = co_await book_.commit(set, std::move(changes));
  if (written) note(named);
  if (last) mortality_->dead = true;
  if (mortality_->dead) co_return fail(ErrorCode::io, "this process is dead");
  co_return written;
}

void MortalBook::note(std::vector<store::Change> const& written) {
  ++mortality_->written;
  for (auto const& change : written) {
    if (auto const* put = std::get_if<store::PutRunner>(&change))
      mortality_->rows[put->runner.name] = put->runner.id.has_value();
    if (auto const* set = std::get_if<store::NoteScaleSet>(&change)) {
      mortality_->ours = set->ours;
      mortality_->noted_foreign |= set->id.value != 0 && !set->ours;
    }
    if (auto const* gone = std::get_if<store::ForgetRunner>(&change))
      mortality_->rows.erase(gone->name);
  }
}

}  // namespace scaleset::simulation
