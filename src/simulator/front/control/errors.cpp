#include "simulator/front/control/errors.hpp"

#include <boost/json/object.hpp>

#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {

http::ServerResponse control_error(int status, std::string_view message) {
  boost::json::object body;
  body["error"] = message;
  return json_reply(status, body);
}

}  // namespace scaleset::simulator
