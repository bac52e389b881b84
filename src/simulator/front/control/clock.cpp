#include "simulator/front/control/clock.hpp"

#include <array>
#include <boost/json/object.hpp>

#include "base/rfc3339.hpp"
#include "simulator/front/control/errors.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

// So that a mistaken number does not make everything in the world expire.
constexpr std::chrono::milliseconds kFarthestAdvance = std::chrono::days(366);

}  // namespace

http::ServerResponse control_show_clock(Call const&, LiveModel& live) {
  json::object body;
  body["now"] = base::format_rfc3339(live.now());
  body["virtual"] = live.time.is_virtual();
  return json_reply(200, body);
}

http::ServerResponse control_advance_clock(Call const& call, LiveModel& live) {
  if (!live.time.is_virtual())
    return control_error(409, "the clock is the machine's; start the simulator with a virtual one");
  constexpr auto kKnown = std::to_array<std::string_view>({"seconds"});
  Fields fields(call.body);
  fields.expect_only(kKnown);
  std::optional<std::chrono::milliseconds> const by = fields.seconds("seconds", kFarthestAdvance);
  if (!by && fields.problem().empty()) fields.complain("seconds", "must be given");
  if (!fields.problem().empty()) return control_error(400, fields.problem());
  live.time.advance(*by);
  live.catch_up();
  // Held polls have no timers under a virtual clock, so they are told to look at the time.
  live.waiters.wake_all();
  json::object body;
  body["now"] = base::format_rfc3339(live.now());
  return json_reply(200, body);
}

}  // namespace scaleset::simulator
