#pragma once

#include <cstdint>

#include "scaleset/types.hpp"

namespace scaleset::protocol::testing {

inline Statistics assigned(std::int64_t jobs) {
  Statistics statistics;
  statistics.assigned_jobs = jobs;
  return statistics;
}

/// An entry of that kind about the job with that request id.
template <class Job>
Job job(std::int64_t request) {
  Job entry;
  entry.job.request = RequestId{request};
  return entry;
}

}  // namespace scaleset::protocol::testing
