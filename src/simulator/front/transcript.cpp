#include "simulator/front/transcript.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::size_t kMaxBodyShown = 4096;
constexpr std::array<std::string_view, 5> kSecrets{
    "token", "messageQueueAccessToken", "encodedJITConfig", "access_token", "client_assertion"};

bool is_secret(std::string_view name) {
  return std::ranges::any_of(
      kSecrets, [&](std::string_view secret) { return equal_ignoring_case(secret, name); });
}

/// What came from outside may be no UTF-8, which JSON cannot hold.
std::string printable(std::string_view text) {
  std::string shown(text.substr(0, kMaxBodyShown));
  for (char& letter : shown) {
    if (static_cast<unsigned char>(letter) >= 0x80) letter = '?';
  }
  return shown;
}

json::object headers_json(HeaderList const& headers) {
  json::object shown;
  for (auto const& [name, value] : headers) {
    bool const hidden = equal_ignoring_case(name, "Authorization");
    shown[printable(name)] = printable(hidden ? redacted_authorization(value) : value);
  }
  return shown;
}

}  // namespace

std::string redacted_authorization(std::string_view value) {
  std::size_t const space = value.find(' ');
  std::string scheme(space == std::string_view::npos ? "" : value.substr(0, space + 1));
  return scheme.append(kHidden);
}

std::string redacted_body(std::string_view body) {
  boost::system::error_code error;
  json::value parsed = json::parse(body, error);
  if (!error && parsed.is_object()) {
    for (auto& [name, value] : parsed.as_object()) {
      if (is_secret(name)) value = kHidden;
    }
    return printable(json::serialize(parsed));
  }
  if (error && body.find("client_assertion=") != std::string_view::npos) {
    base::QueryParameters form = base::parse_query(body);
    for (auto& [name, value] : form) {
      if (is_secret(name)) value = kHidden;
    }
    return printable(base::encode_query_parameters(std::move(form)));
  }
  return printable(body);
}

void Transcript::add(std::string_view operation, http::ServerRequest const& request,
                     http::ServerResponse const& response, Timestamp begin,
                     std::chrono::milliseconds duration) {
  json::object line;
  line["time"] = base::format_rfc3339(begin);
  line["operation"] = operation;
  line["method"] = printable(request.method);
  line["target"] = printable(request.target);
  line["requestHeaders"] = headers_json(request.headers);
  line["requestBody"] = redacted_body(request.body);
  line["status"] = response.status;
  line["responseHeaders"] = headers_json(response.headers);
  line["responseBody"] = redacted_body(response.body);
  line["durationMilliseconds"] = duration.count();
  line["dropped"] = response.drop_connection;
  lines_.push_back(json::serialize(line));
  if (lines_.size() > limit_) lines_.pop_front();
}

std::string Transcript::text() const {
  std::string text;
  for (std::string const& line : lines_) text.append(line).append("\n");
  return text;
}

}  // namespace scaleset::simulator
