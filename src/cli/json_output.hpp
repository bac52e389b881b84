#pragma once

#include <boost/json/value.hpp>

#include "scaleset/types.hpp"

/// The output of the primitives: one JSON value per line, times in RFC 3339, ids as numbers.
/// Members have the service's names where it has one.
namespace scaleset::cli {

[[nodiscard]] boost::json::value to_json(ScaleSet const& scale_set);
[[nodiscard]] boost::json::value to_json(RunnerGroup const& group);
[[nodiscard]] boost::json::value to_json(Runner const& runner);
[[nodiscard]] boost::json::value to_json(RunnerDeprecation const& deprecation);
/// Contains the secret itself, as `encodedJitConfig`.
[[nodiscard]] boost::json::value to_json(JitConfig const& config);
[[nodiscard]] boost::json::value to_json(AccessInfo const& access);
[[nodiscard]] boost::json::value to_json(Statistics const& statistics);

/// An event of `scaleset listen`: {"event":"job_started","messageId":4,"job":{...},...}. Events:
/// job_available, job_assigned, job_started, job_completed, unknown.
[[nodiscard]] boost::json::value to_json(JobMessage const& event, MessageId message);
/// {"event":"statistics","messageId":4,"statistics":{...}}; the id is 0 for those that came with
/// the opening of the session.
[[nodiscard]] boost::json::value statistics_event(Statistics const& statistics, MessageId message);

template <class T>
[[nodiscard]] boost::json::value to_json(std::vector<T> const& items) {
  boost::json::array all;
  for (T const& item : items) all.push_back(to_json(item));
  return all;
}

}  // namespace scaleset::cli
