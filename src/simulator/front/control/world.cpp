#include "simulator/front/control/world.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "simulator/front/control/errors.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"
#include "simulator/model/world_json.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

std::vector<std::int64_t> read_installations(Fields& fields) {
  std::vector<std::int64_t> ids;
  for (json::value const& element : fields.list("installations").value_or(json::array())) {
    if (!element.is_int64() || element.as_int64() <= 0) {
      fields.complain("installations", "every installation must be a number from 1");
      break;
    }
    ids.push_back(element.as_int64());
  }
  return ids;
}

}  // namespace

http::ServerResponse control_add_app(Call const& call, Credentials& credentials) {
  constexpr auto kKnown =
      std::to_array<std::string_view>({"clientId", "publicKeyPem", "installations"});
  Fields fields(call.body);
  fields.expect_only(kKnown);
  std::string client_id = fields.text("clientId").value_or("");
  if (client_id.empty()) fields.complain("clientId", "must be given");
  Result<base::RsaPublicKey> key =
      base::RsaPublicKey::from_pem(fields.text("publicKeyPem").value_or(""));
  if (!key) fields.complain("publicKeyPem", key.error().message);
  std::vector<std::int64_t> installations = read_installations(fields);
  if (!fields.problem().empty()) return control_error(400, fields.problem());
  credentials.apps.add(App{std::move(client_id), std::move(*key), std::move(installations)});
  return empty_reply(201);
}

http::ServerResponse control_show_runner_releases(Call const&, RunnerReleases& releases) {
  return json_reply(200, releases.view());
}

http::ServerResponse control_change_runner_releases(Call const& call, RunnerReleases& releases) {
  Fields fields(call.body);
  releases.change(fields);
  if (!fields.problem().empty()) return control_error(400, fields.problem());
  return json_reply(200, releases.view());
}

http::ServerResponse control_show_world(Call const&, LiveModel& live) {
  live.catch_up();
  return json_reply(200, to_json(live.model.world()));
}

http::ServerResponse control_replace_world(Call const& call, LiveModel& live) {
  boost::system::error_code error;
  json::value const body = json::parse(call.body, error);
  if (error) return control_error(400, "the body is not JSON: " + error.message());
  Result<World> world = world_from_json(body, live.now());
  if (!world) return control_error(400, world.error().message);
  // Time never runs backwards: the clock goes forward to a world from its future.
  if (live.time.is_virtual() && world->now > live.now()) live.time.advance(world->now - live.now());
  live.model.replace_world(std::move(*world));
  // What is overdue in the new world happens now.
  live.catch_up();
  return empty_reply(204);
}

}  // namespace scaleset::simulator
