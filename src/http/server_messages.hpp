#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

#include "http/server.hpp"

/// Between Beast's messages and ours.
namespace scaleset::http {

using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

[[nodiscard]] ServerRequest from_wire(WireRequest request);

/// What makes an answer to one request differ from the same answer to another.
struct ReplyContext {
  unsigned version = 11;
  bool keep_alive = true;
  bool head = false;  // the answer to HEAD has the length of the body, not the body
};

/// Content-Length and Connection are filled in; those of the answer itself are ignored. 1xx, 204
/// and 304 have no body.
[[nodiscard]] WireResponse to_wire(ServerResponse response, ReplyContext context);

/// The answer to something that is not a request: 413 (body too large), 431 (header too large),
/// otherwise 400. No value: there is nobody to answer, since the connection ended or timed out.
[[nodiscard]] std::optional<ServerResponse> answer_to_bad_request(boost::system::error_code error);

}  // namespace scaleset::http
