#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "http/server.hpp"

/// Answers without a shape of their own. Errors have one for each part of the service: see
/// github/errors.hpp and control/errors.hpp.
namespace scaleset::simulator {

[[nodiscard]] http::ServerResponse json_reply(int status, boost::json::value const& body);
[[nodiscard]] http::ServerResponse text_reply(int status, std::string text);
[[nodiscard]] http::ServerResponse empty_reply(int status);
/// A body that is already text; `type` is the value of the Content-Type header.
[[nodiscard]] http::ServerResponse reply_of_type(int status, std::string type, std::string body);

}  // namespace scaleset::simulator
