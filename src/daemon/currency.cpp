#include "daemon/currency.hpp"

#include <algorithm>

namespace scaleset::daemon {
namespace {

constexpr std::chrono::days kWarning{14};
constexpr std::chrono::days kAlarm{3};
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kAfterAFailure{1};
/// An answer that has not come by then does not come any more.
constexpr std::chrono::minutes kLongestAnswer{5};
/// Versions are what runners print, so nobody promises that they are few.
constexpr std::size_t kMostVersions = 100;

/// A runner that is started after the first of the two gets no job.
std::optional<Timestamp> first_end(RunnerDeprecation const& deprecation) {
  auto const& registration = deprecation.registration_deprecates_at;
  auto const& runtime = deprecation.runtime_deprecates_at;
  if (registration && runtime) return std::min(*registration, *runtime);
  return registration ? registration : runtime;
}

}  // namespace

EndOfVersion::EndOfVersion(Timestamp end, Timestamp now)
    : ends(end),
      days_left(std::chrono::floor<std::chrono::days>(end - now).count()),
      is_alarm(end - now <= kAlarm) {}

bool Currency::saw(Version const& version, Timestamp now) {
  auto const found = versions_.find(version);
  if (found == versions_.end() && versions_.size() >= kMostVersions) return false;
  Entry& entry = versions_[version];
  if (now < entry.ask_at) return false;
  entry.ask_at = now + kLongestAnswer;
  return true;
}

void Currency::learn(Version const& version, std::optional<RunnerDeprecation> const& answer,
                     Timestamp now) {
  Entry& entry = versions_[version];
  entry.ask_at = now + kDay;
  entry.ends = answer ? first_end(*answer) : std::nullopt;
}

void Currency::failed(Version const& version, Timestamp now) {
  versions_[version].ask_at = now + kAfterAFailure;
}

std::optional<EndOfVersion> Currency::end_of(Version const& version, Timestamp now) const {
  auto const found = versions_.find(version);
  if (found == versions_.end() || !found->second.ends) return std::nullopt;
  Timestamp const ends = *found->second.ends;
  if (ends - now > kWarning) return std::nullopt;
  return EndOfVersion(ends, now);
}

bool Currency::is_news(Version const& version, Timestamp now) {
  if (!end_of(version, now)) return false;
  Entry& entry = versions_[version];
  if (now < entry.tell_at) return false;
  entry.tell_at = now + kDay;
  return true;
}

}  // namespace scaleset::daemon
