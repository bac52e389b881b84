#include "daemon/set_runner.hpp"

/// What is told about a scale set.
namespace scaleset::daemon {
namespace {

/// A single failure may be anybody's; nothing is wrong with the scale set yet.
constexpr int kInARow = 2;

std::optional<Readiness> readiness_of(fleet::Suspension suspension) {
  switch (suspension) {
    case fleet::Suspension::paused: return Readiness::paused;
    case fleet::Suspension::drained: return Readiness::drained;
    case fleet::Suspension::none: break;
  }
  return std::nullopt;
}

/// No value: it is served.
std::optional<Readiness> readiness_of(Phase phase) {
  switch (phase) {
    case Phase::starting:
    case Phase::enrolling: return Readiness::starting;
    case Phase::draining: return Readiness::draining;
    case Phase::ended: return Readiness::ended;
    case Phase::serving: break;
  }
  return std::nullopt;
}

}  // namespace

/// A call of the service, by which it would tell of jobs, has failed or, without an error, worked.
void SetRunner::note_trouble(Error const* error) {
  if (error == nullptr) return trouble_.reset();
  if (!trouble_) trouble_.emplace(*error, ports_.hooks.clock->now().steady);
  trouble_->error = *error;
  ++trouble_->failures;
}

/// Why the credentials, or what was put in their place, give no new token. Calls may still work
/// with the earlier one, so that nothing else would tell of it for an hour. A service that cannot
/// be reached is no trouble of the credentials.
std::optional<TokenTrouble> SetRunner::credential_trouble() const {
  auto trouble = ports_.client->token_trouble();
  if (trouble && readiness_after(trouble->error) == Readiness::unreachable) trouble.reset();
  return trouble;
}

void SetRunner::note_failures(SetSnapshot& snapshot) const {
  if (trouble_)
    snapshot.problems.emplace_back(reason_of(trouble_->error), trouble_->since, trouble_->failures);
  auto const refused = credential_trouble();
  if (refused && (!trouble_ || trouble_->error.code != refused->error.code))
    snapshot.problems.emplace_back(reason_of(refused->error), refused->since, refused->failures);
  auto const note = [&snapshot](fleet::Breaker const& failing, std::string const& what) {
    auto const since = failing.failing_since();
    if (since) snapshot.problems.emplace_back(what + failing.cause(), *since, failing.failures());
  };
  note(fleet_.calls(), "no runner can be registered: ");
  note(fleet_.starts(), "runners do not start: ");
}

std::string SetRunner::why_in(Phase phase) const {
  switch (phase) {
    case Phase::starting: return "it takes over what an earlier process left";
    case Phase::enrolling: return "it is looked for at the service";
    case Phase::draining:
      return (drained_because_.empty() ? "" : drained_because_ + "; ") +
             "busy runners finish, and then it is not served any more";
    case Phase::serving:
    case Phase::ended: break;
  }
  return "it is not served any more";
}

/// Why it is not to run jobs now, as somebody wants it or has to mend it here.
std::optional<SetRunner::Unready> SetRunner::kept_from_serving() const {
  if (unwritten_)
    return Unready(Readiness::unwritable, "the journal cannot be written: " + unwritten_->message);
  auto const since = trouble_ ? std::optional(trouble_->since) : std::nullopt;
  if (not_enrolled_)
    return Unready(readiness_after(*not_enrolled_), reason_of(*not_enrolled_), since);
  if (auto const parked = fleet_.parked(); parked && phase_ == Phase::serving)
    return Unready(Readiness::parked, *parked);
  if (auto const state = readiness_of(phase_)) return Unready(*state, why_in(phase_));
  std::string const suspension(to_string(fleet_.suspension()));
  if (auto const state = readiness_of(fleet_.suspension()))
    return Unready(*state, "it is " + suspension + "; `scaleset resume` ends that");
  return std::nullopt;
}

/// Why it cannot run jobs now, although it is to.
std::optional<SetRunner::Unready> SetRunner::failing(SetSnapshot const& snapshot) const {
  if (auto const refused = credential_trouble()) {
    bool const goes_on = has_session_ && !trouble_;
    return Unready(readiness_after(refused->error),
                   reason_of(refused->error) +
                       (goes_on ? "; it is served until the token that was got before ends" : ""),
                   refused->since);
  }
  if (trouble_ && (!has_session_ || trouble_->failures >= kInARow))
    return Unready(readiness_after(trouble_->error), reason_of(trouble_->error), trouble_->since);
  if (!has_session_)
    return Unready(Readiness::unreachable,
                   "it waits for a session at the service, which gives one session at a time to a "
                   "scale set; the log says what is in the way");
  // A machine that is full of runners is as it should be.
  if (fleet_.room().value_or(1) <= 0 && snapshot.counts.instances() == 0)
    return Unready(Readiness::failing,
                   "this machine has no room for a single runner; raise the limit of open files of "
                   "this process (ulimit -n, or LimitNOFILE= of its service)");
  // While no runner is missing nothing is tried, so nobody knows whether it would still fail.
  bool const is_missing = snapshot.target.value_or(0) > snapshot.counts.idle + snapshot.counts.busy;
  for (SetProblem const& problem : snapshot.problems)
    if (is_missing && problem.failures >= kInARow)
      return Unready(Readiness::failing, problem.text, problem.since);
  return std::nullopt;
}

SetSnapshot SetRunner::snapshot() const {
  SetSnapshot snapshot;
  snapshot.owner = owner_;
  snapshot.id = record_.id;
  snapshot.phase = phase_;
  snapshot.tried = phase_ > Phase::enrolling || not_enrolled_.has_value();
  snapshot.target = fleet_.target();
  snapshot.capacity = has_session_ ? fleet_.capacity() : 0;
  snapshot.budget = settings_.budget.name;
  snapshot.share = fleet_.share();
  snapshot.held = fleet_.held();
  snapshot.counts = fleet_.counts();
  snapshot.suspension = fleet_.suspension();
  snapshot.min_idle = fleet_.options().min_idle;
  snapshot.max_runners = fleet_.options().max_runners;
  snapshot.schedule = in_force_;
  snapshot.statistics = fleet_.statistics();
  snapshot.phantom = fleet_.phantom();
  note_failures(snapshot);
  snapshot.totals = fleet_.totals();
  snapshot.runners = fleet_.runners();
  auto why = kept_from_serving();
  if (!why) why = failing(snapshot);
  snapshot.ready = !why.has_value();
  snapshot.readiness = why ? why->state : Readiness::ready;
  if (why) snapshot.reason = std::move(why->reason);
  if (why) snapshot.since = why->since;
  snapshot.warning = end_of_version();
  return snapshot;
}

}  // namespace scaleset::daemon
