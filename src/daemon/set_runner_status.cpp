#include "daemon/set_runner.hpp"

/// What is told about a scale set.
namespace scaleset::daemon {
namespace {

/// A single failure may be anybody's; nothing is wrong with the scale set yet.
constexpr int kInARow = 2;

}  // namespace

/// A call of the service, by which it would tell of jobs, has failed or, without an error, worked.
void SetRunner::note_trouble(Error const* error) {
  if (error == nullptr) return trouble_.reset();
  if (!trouble_) trouble_.emplace(*error, ports_.hooks.clock->now().steady);
  trouble_->error = *error;
  ++trouble_->failures;
}

void SetRunner::note_failures(SetSnapshot& snapshot) const {
  if (trouble_)
    snapshot.problems.emplace_back(reason_of(trouble_->error), trouble_->since, trouble_->failures);
  auto const note = [&snapshot](fleet::Breaker const& failing, std::string const& what) {
    auto const since = failing.failing_since();
    if (since) snapshot.problems.emplace_back(what + failing.cause(), *since, failing.failures());
  };
  note(fleet_.calls(), "no runner can be registered: ");
  note(fleet_.starts(), "runners do not start: ");
}

/// The first reason that holds; what a person did or has to do comes first.
void SetRunner::judge(SetSnapshot& snapshot) const {
  auto const is = [&snapshot](Readiness readiness, std::string reason,
                              std::optional<fleet::TimePoint> since = std::nullopt) {
    snapshot.readiness = readiness;
    snapshot.reason = std::move(reason);
    snapshot.since = since;
  };
  auto const troubled_since = trouble_ ? std::optional(trouble_->since) : std::nullopt;
  if (unwritten_) return is(Readiness::unwritable, "the journal cannot be written: " + unwritten_->message);
  if (not_enrolled_)
    return is(readiness_after(*not_enrolled_), reason_of(*not_enrolled_), troubled_since);
  if (auto const parked = fleet_.parked()) return is(Readiness::parked, *parked);
  auto const suspension = fleet_.suspension();
  if (suspension != fleet::Suspension::none)
    return is(suspension == fleet::Suspension::paused ? Readiness::paused : Readiness::drained,
              "it is " + std::string(to_string(suspension)) + "; `scaleset resume` ends that");
  if (phase_ != Phase::serving)
    return is(phase_ == Phase::draining ? Readiness::draining
              : phase_ == Phase::ended  ? Readiness::ended
                                        : Readiness::starting,
              "it is " + std::string(to_string(phase_)));
  if (trouble_ && (!has_session_ || trouble_->failures >= kInARow))
    return is(readiness_after(trouble_->error), reason_of(trouble_->error), trouble_->since);
  if (!has_session_)
    return is(Readiness::unreachable,
              "it waits for a session at the service, which gives one session at a time to a scale "
              "set; the log says what is in the way");
  for (SetProblem const& problem : snapshot.problems)
    if (problem.failures >= kInARow) return is(Readiness::failing, problem.text, problem.since);
  is(Readiness::ready, "");
}

SetSnapshot SetRunner::snapshot() const {
  SetSnapshot snapshot;
  snapshot.owner = owner_;
  snapshot.id = record_.id;
  snapshot.phase = phase_;
  snapshot.tried = phase_ > Phase::enrolling || not_enrolled_.has_value();
  snapshot.target = fleet_.target();
  snapshot.capacity = fleet_.capacity();
  snapshot.held = fleet_.held();
  snapshot.counts = fleet_.counts();
  snapshot.suspension = fleet_.suspension();
  snapshot.min_idle = fleet_.options().min_idle;
  snapshot.max_runners = fleet_.options().max_runners;
  snapshot.statistics = fleet_.statistics();
  snapshot.phantom = fleet_.phantom();
  note_failures(snapshot);
  snapshot.totals = fleet_.totals();
  snapshot.runners = fleet_.runners();
  judge(snapshot);
  snapshot.ready = snapshot.readiness == Readiness::ready;
  snapshot.warning = end_of_version();
  return snapshot;
}

}  // namespace scaleset::daemon
