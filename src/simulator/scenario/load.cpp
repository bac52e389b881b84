#include "simulator/scenario/load.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <numbers>

#include "simulator/model/world_random.hpp"

namespace scaleset::simulator {
namespace {

namespace json = boost::json;

TimedCall queue_call(LoadOptions const& options, std::int64_t count) {
  json::array labels;
  for (std::string const& label : options.labels) labels.push_back(json::value(label));
  json::object body;
  body["tenant"] = options.tenant;
  body["labels"] = std::move(labels);
  body["count"] = count;
  body["durationMilliseconds"] =
      json::array{options.shortest_job.count(), options.longest_job.count()};
  TimedCall call;
  call.method = "POST";
  call.path = "/_sim/jobs";
  call.body = json::serialize(body);
  call.origin = "--load";
  return call;
}

/// The share of a working day's jobs that has been queued once `part` of the day is over.
double part_by(double part_of_day) {
  constexpr double kSwing = 0.9;  // at both ends of the day the rate is a tenth of the average
  constexpr double kTurn = 2 * std::numbers::pi;
  return part_of_day - kSwing * std::sin(kTurn * part_of_day) / kTurn;
}

/// The inverse of that, by bisection.
double day_at(double part_of_jobs) {
  double low = 0;
  double high = 1;
  for (int i = 0; i < 40; ++i) {
    double const middle = (low + high) / 2;
    (part_by(middle) < part_of_jobs ? low : high) = middle;
  }
  return low;
}

}  // namespace

Timeline make_load(LoadOptions const& options) {
  if (options.shape == LoadShape::burst) return {queue_call(options, options.jobs)};
  std::uint64_t state = options.seed;
  WorldRandom random(state);
  TimedCall call = queue_call(options, 1);
  Timeline timeline;
  for (std::int64_t i = 0; i < options.jobs; ++i) {
    // One job at a random moment of each of `count` equal parts, so that they do not bunch up.
    double const part =
        (static_cast<double>(i) + random.uniform()) / static_cast<double>(options.jobs);
    double const moment = options.shape == LoadShape::diurnal ? day_at(part) : part;
    call.at = std::chrono::milliseconds(
        std::llround(std::floor(moment * static_cast<double>(options.span.count()))));
    timeline.push_back(call);
  }
  return timeline;
}

}  // namespace scaleset::simulator
