#include "simulator/front/parts/job_logs.hpp"

#include <algorithm>
#include <utility>

#include "base/json_text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

/// The text as JSON can have it, without the byte-order mark that runners write.
std::string readable(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return base::valid_utf8(text);
}

json::value const* id_of(json::value const& step) {
  return step.is_object() ? step.as_object().if_contains("external_id") : nullptr;
}

}  // namespace

void JobLogs::replace(std::string_view job_id, LogName const& name, std::string text) {
  Log& log = log_of(job_id, name);
  bytes_ = bytes_ - log.text.size() + text.size();
  log.text = std::move(text);
  log.complete = false;
  forget_oldest();
}

void JobLogs::append(std::string_view job_id, LogName const& name, std::string_view text) {
  log_of(job_id, name).text.append(text);
  bytes_ += text.size();
  forget_oldest();
}

void JobLogs::complete(std::string_view job_id, LogName const& name, std::int64_t lines) {
  Log& log = log_of(job_id, name);
  log.complete = true;
  log.lines = lines;
}

void JobLogs::update_steps(std::string_view job_id, json::array const& steps) {
  constexpr std::size_t kMostSteps = 1000;  // far more than a job has; more are left out
  json::array& known = record_of(job_id).steps;
  for (json::value const& step : steps) {
    if (known.size() == kMostSteps) return;
    json::value const* const id = id_of(step);
    auto const same = std::ranges::find_if(known, [id](json::value const& one) {
      json::value const* const other = id_of(one);
      return id != nullptr && other != nullptr && *id == *other;
    });
    if (same != known.end()) {
      *same = step;
    } else {
      known.push_back(step);
    }
  }
}

std::optional<json::object> JobLogs::view(std::string_view job_id) const {
  auto const found = std::ranges::find(jobs_, job_id, &JobRecord::job_id);
  if (found == jobs_.end()) return std::nullopt;
  json::array logs;
  for (Log const& log : found->logs) {
    json::object one;
    one["kind"] = log.name.kind;
    one["step"] = log.name.step;
    one["complete"] = log.complete;
    one["lines"] = log.lines;
    one["text"] = readable(log.text);
    logs.push_back(std::move(one));
  }
  json::object body;
  body["jobId"] = found->job_id;
  body["steps"] = found->steps;
  body["logs"] = std::move(logs);
  return body;
}

JobLogs::JobRecord& JobLogs::record_of(std::string_view job_id) {
  auto const found = std::ranges::find(jobs_, job_id, &JobRecord::job_id);
  if (found != jobs_.end()) return *found;
  JobRecord record;
  record.job_id = std::string(job_id);
  return jobs_.emplace_back(std::move(record));
}

JobLogs::Log& JobLogs::log_of(std::string_view job_id, LogName const& name) {
  JobRecord& record = record_of(job_id);
  auto const found = std::ranges::find(record.logs, name, &Log::name);
  if (found != record.logs.end()) return *found;
  Log log;
  log.name = name;
  return record.logs.emplace_back(std::move(log));
}

/// The job that was written to last may be the oldest; then it is forgotten all the same.
void JobLogs::forget_oldest() {
  while (bytes_ > most_bytes_ && !jobs_.empty()) {
    for (Log const& log : jobs_.front().logs) bytes_ -= log.text.size();
    jobs_.pop_front();
  }
}

}  // namespace scaleset::simulator
