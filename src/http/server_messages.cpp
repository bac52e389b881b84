#include "http/server_messages.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <utility>

#include "base/header_lookup.hpp"

namespace scaleset::http {
namespace beast_http = boost::beast::http;
namespace {

/// Headers that depend on how the answer is sent. A handler that set them could contradict the
/// bytes on the wire.
bool is_ours_to_write(beast_http::field field) {
  return field == beast_http::field::content_length || field == beast_http::field::connection ||
         field == beast_http::field::server || field == beast_http::field::transfer_encoding;
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

ServerResponse plain_text(int status, std::string text) {
  ServerResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  return response;
}

}  // namespace

std::string_view ServerRequest::header(std::string_view name) const noexcept {
  return base::find_header(headers, name);
}

ServerRequest from_wire(WireRequest request) {
  ServerRequest result;
  result.method = std::string(request.method_string());
  result.target = std::string(request.target());
  for (auto const& field : request) result.headers.emplace_back(field.name_string(), field.value());
  result.body = std::move(request.body());
  return result;
}

WireResponse to_wire(ServerResponse response, ReplyContext context) {
  WireResponse result;
  result.version(context.version);
  result.result(static_cast<unsigned>(response.status));
  result.set(beast_http::field::server, "scaleset");
  for (auto const& [name, value] : response.headers) {
    if (!is_ours_to_write(beast_http::string_to_field(name))) result.insert(name, value);
  }
  result.keep_alive(context.keep_alive);
  if (has_no_body(response.status)) return result;
  result.content_length(response.body.size());
  // The answer to HEAD has the length of the body that GET would get, but not the body.
  if (!context.head) result.body() = std::move(response.body);
  return result;
}

std::optional<ServerResponse> answer_to_bad_request(boost::system::error_code error) {
  if (error == beast_http::error::body_limit) {
    return plain_text(413, "the request body is too large\n");
  }
  if (error == beast_http::error::header_limit) {
    return plain_text(431, "the request header is too large\n");
  }
  // The peer closed the connection, or it broke: nobody is there to answer.
  bool const cut_off =
      error == beast_http::error::end_of_stream || error == beast_http::error::partial_message;
  if (cut_off || error.category() != beast_http::make_error_code(beast_http::error{}).category()) {
    return std::nullopt;
  }
  return plain_text(400, "this is not an HTTP/1 request: " + error.message() + "\n");
}

}  // namespace scaleset::http
