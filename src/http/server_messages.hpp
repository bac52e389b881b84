#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

#include "http/server.hpp"

/// Converts between Beast's messages and ours.
namespace scaleset::http {

using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

[[nodiscard]] ServerRequest from_wire(WireRequest request);

/// What an answer needs to know about its request.
struct ReplyContext {
  unsigned version = 11;
  bool keep_alive = true;
  bool head = false;  // the answer to HEAD has the body's length but no body
};

/// Fills in Content-Length, Connection and Server; if `response` has such headers, they are
/// ignored. 1xx, 204 and 304 have no body.
[[nodiscard]] WireResponse to_wire(ServerResponse response, ReplyContext context);

/// The answer to a request that could not be read: 413 (body too large), 431 (header too large),
/// otherwise 400. No value if the connection ended or timed out, because then there is nobody to
/// answer.
[[nodiscard]] std::optional<ServerResponse> answer_to_bad_request(boost::system::error_code error);

}  // namespace scaleset::http
