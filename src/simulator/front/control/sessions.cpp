#include "simulator/front/control/sessions.hpp"

#include <ranges>

#include "simulator/front/control/errors.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {

http::ServerResponse control_end_session(Call const& call, LiveModel& live) {
  std::string const& session = call.segments.front();
  // Session ids are UUIDs, so the call need not name the tenant.
  for (auto const& [key, tenant] : live.model.world().tenants) {
    for (ScaleSet const& set : tenant.scale_sets | std::views::values) {
      if (!set.session || set.session->id != session) continue;
      static_cast<void>(live.model.delete_session(live.now(), key, set.id, session));
      return empty_reply(204);
    }
  }
  return control_error(404, "there is no such session");
}

}  // namespace scaleset::simulator
