#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scaleset::simulator {

/// Whose text a log is. There is one of each kind for a job; "step" and "summary" have one for each
/// step.
struct LogName {
  std::string kind;  // "job", "step", "summary" or "diagnostics"
  std::string step;  // the step's id; "-" for the whole job

  bool operator==(LogName const&) const = default;
};

/// What runners have uploaded to the Results service (protocol.md D.3, item 9). It is kept in
/// memory only, and the oldest jobs are forgotten when there is more than `most_bytes` of text.
class JobLogs {
 public:
  explicit JobLogs(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  void replace(std::string_view job_id, LogName const& name, std::string text);
  void append(std::string_view job_id, LogName const& name, std::string_view text);
  /// The runner has said that the log is complete, with so many lines.
  void complete(std::string_view job_id, LogName const& name, std::int64_t lines);
  /// The job's steps as the runner last reported them. A step that is reported again, which is
  /// known by its `external_id`, takes the place of the earlier report.
  void update_steps(std::string_view job_id, boost::json::array const& steps);
  /// {"jobId","steps":[...],"logs":[{"kind","step","complete","lines","text"}]}. None: nothing was
  /// uploaded for that job.
  [[nodiscard]] std::optional<boost::json::object> view(std::string_view job_id) const;

 private:
  static constexpr std::size_t kMostBytes = 64U << 20U;

  struct Log {
    LogName name;
    std::string text;
    bool complete = false;
    std::int64_t lines = 0;
  };
  struct JobRecord {
    std::string job_id;
    boost::json::array steps;
    std::vector<Log> logs;
  };
  JobRecord& record_of(std::string_view job_id);
  Log& log_of(std::string_view job_id, LogName const& name);
  void forget_oldest();

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;  // of all texts
  std::deque<JobRecord> jobs_;
};

}  // namespace scaleset::simulator
