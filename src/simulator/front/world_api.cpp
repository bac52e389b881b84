#include "simulator/front/world_api.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "simulator/front/fields.hpp"
#include "simulator/front/replies.hpp"
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

http::ServerResponse add_app(Service& service, Call const& call) {
  Fields fields(call.body);
  std::string client_id = fields.text("clientId").value_or("");
  if (client_id.empty()) fields.complain("clientId", "must be given");
  Result<base::RsaPublicKey> key =
      base::RsaPublicKey::from_pem(fields.text("publicKeyPem").value_or(""));
  if (!key) fields.complain("publicKeyPem", key.error().message);
  std::vector<std::int64_t> installations = read_installations(fields);
  if (!fields.problem().empty()) return control_error(400, fields.problem());
  service.apps.add(App{std::move(client_id), std::move(*key), std::move(installations)});
  return empty_reply(201);
}

http::ServerResponse show_world(Service& service) {
  service.model.advance(service.now());
  return json_reply(200, to_json(service.model.world()));
}

http::ServerResponse replace_world(Service& service, Call const& call) {
  boost::system::error_code error;
  json::value const body = json::parse(call.body, error);
  if (error) return control_error(400, "the body is not JSON: " + error.message());
  Result<World> world = world_from_json(body, service.now());
  if (!world) return control_error(400, world.error().message);
  if (service.time.is_virtual() && world->now > service.now())
    service.time.advance(world->now - service.now());
  service.model.replace_world(std::move(*world));
  service.model.advance(service.now());
  return empty_reply(204);
}

}  // namespace

http::ServerResponse answer_world_call(Service& service, Call const& call) {
  switch (call.route.operation) {
    case Operation::control_add_app: return add_app(service, call);
    case Operation::control_show_world: return show_world(service);
    default: return replace_world(service, call);
  }
}

}  // namespace scaleset::simulator
