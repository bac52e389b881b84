#include "simulator/front/parts/replies.hpp"

#include <boost/json/serialize.hpp>
#include <utility>

namespace scaleset::simulator {

http::ServerResponse empty_reply(int status) {
  http::ServerResponse response;
  response.status = status;
  return response;
}

http::ServerResponse reply_of_type(int status, std::string type, std::string body) {
  http::ServerResponse response = empty_reply(status);
  response.headers.emplace_back("Content-Type", std::move(type));
  response.body = std::move(body);
  return response;
}

http::ServerResponse json_reply(int status, boost::json::value const& body) {
  return reply_of_type(status, "application/json; charset=utf-8", boost::json::serialize(body));
}

http::ServerResponse text_reply(int status, std::string text) {
  return reply_of_type(status, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace scaleset::simulator
