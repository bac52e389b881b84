#include "simulator/runner/worker_messages.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "simulator/runner/json_reading.hpp"

namespace scaleset::simulator::pretend {
namespace {

constexpr int kFailed = 2;
constexpr int kCanceled = 3;

}  // namespace

std::string job_line(PretendJob const& job) {
  boost::json::object line;
  line["name"] = job.name;
  line["durationMilliseconds"] = job.duration.count();
  line["result"] = job.result;
  line["script"] = job.script;
  return boost::json::serialize(line) + "\n";
}

std::optional<PretendJob> read_job_line(std::string_view line) {
  std::optional<boost::json::object> const object = parse_object(line);
  if (!object) return std::nullopt;
  boost::json::value const* const duration = object->if_contains("durationMilliseconds");
  if (duration == nullptr || !duration->is_int64()) return std::nullopt;
  PretendJob job;
  job.name = text_of(*object, "name");
  job.duration = std::chrono::milliseconds(duration->as_int64());
  job.result = text_of(*object, "result");
  job.script = text_of(*object, "script");
  return job;
}

int result_code(std::string_view conclusion) {
  if (conclusion == "succeeded") return kResultCode;
  return kResultCode + (conclusion == "canceled" ? kCanceled : kFailed);
}

std::string conclusion_of(int code) {
  if (code == kResultCode) return "succeeded";
  return code == kResultCode + kCanceled ? "canceled" : "failed";
}

}  // namespace scaleset::simulator::pretend
