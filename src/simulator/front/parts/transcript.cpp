#include "simulator/front/parts/transcript.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "base/base64.hpp"
#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kHidden = "***";
// Roughly what an exchange takes up besides its texts, so that many empty ones count too.
constexpr std::size_t kPerExchange = 512;  // bytes, besides the texts
constexpr std::array<std::string_view, 6> kSecrets{
    "token",        "messageQueueAccessToken", "encodedJITConfig", "encoded_jit_config",
    "access_token", "client_assertion"};

bool is_secret(std::string_view name) {
  return std::ranges::any_of(
      kSecrets, [&](std::string_view secret) { return equal_ignoring_case(secret, name); });
}

bool is_utf8(std::string_view text) { return base::valid_utf8(text) == text; }

/// JSON must be UTF-8, so a text that is not becomes ASCII.
std::string printable(std::string text) {
  if (is_utf8(text)) return text;
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) >= 0x80) letter = '?';
  }
  return text;
}

json::array headers_json(HeaderList const& headers, bool secrets) {
  json::array shown;
  for (auto const& [name, value] : headers) {
    bool const hidden = !secrets && equal_ignoring_case(name, "Authorization");
    shown.push_back(
        json::array{json::value(printable(name)),
                    json::value(printable(hidden ? redacted_authorization(value) : value))});
  }
  return shown;
}

/// A body that is not UTF-8 is shown twice: readable, and exactly in Base64.
void put_body(json::object& line, std::string name, std::string_view body, bool secrets) {
  std::string shown = secrets ? std::string(body) : redacted_body(body);
  if (!is_utf8(shown)) line[name + "Base64"] = base::base64_encode(shown);
  line[name] = printable(std::move(shown));
}

/// By the names of fields, at any depth. Only texts: no token is anything else.
void find_secrets(json::value const& value, std::vector<std::string>& found) {
  if (value.is_array()) {
    for (json::value const& element : value.as_array()) find_secrets(element, found);
  }
  if (!value.is_object()) return;
  for (auto const& [name, member] : value.as_object()) {
    if (is_secret(name) && member.is_string() && !member.as_string().empty()) {
      found.emplace_back(member.as_string());
    } else {
      find_secrets(member, found);
    }
  }
}

/// False: the text does not contain it literally.
bool hide(std::string& text, std::string_view quoted_secret) {
  constexpr std::string_view kQuoted = "\"***\"";
  bool found = false;
  for (std::size_t place = text.find(quoted_secret); place != std::string::npos;
       place = text.find(quoted_secret, place + kQuoted.size())) {
    text.replace(place, quoted_secret.size(), kQuoted);
    found = true;
  }
  return found;
}

/// The form with which a runner asks for its token (protocol.md 11.4).
std::string redacted_form(std::string_view body) {
  base::QueryParameters form = base::parse_query(body);
  for (auto& [name, value] : form) {
    if (is_secret(name)) value = kHidden;
  }
  return base::encode_query_parameters(std::move(form));
}

std::size_t size_of(HeaderList const& headers) {
  std::size_t size = 0;
  for (auto const& [name, value] : headers) size += name.size() + value.size();
  return size;
}

}  // namespace

std::string redacted_authorization(std::string_view value) {
  std::size_t const space = value.find(' ');
  std::string scheme(space == std::string_view::npos ? "" : value.substr(0, space + 1));
  return scheme.append(kHidden);
}

std::string redacted_body(std::string_view body) {
  if (body.find("client_assertion=") != std::string_view::npos) return redacted_form(body);
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  bool const marked = body.starts_with(kByteOrderMark);
  boost::system::error_code error;
  json::value const parsed = json::parse(body.substr(marked ? kByteOrderMark.size() : 0), error);
  // The secrets are replaced in the text as it was sent; serializing the parsed value again would
  // lose spaces, order and duplicate keys, which are what a transcript is read for.
  std::string text(body);
  if (error) return text;
  std::vector<std::string> secrets;
  find_secrets(parsed, secrets);
  for (std::string const& secret : secrets) {
    // A secret with escapes in it cannot be found, so nothing is shown at all.
    if (!hide(text, "\"" + secret + "\"")) return std::string(kHidden);
  }
  return text;
}

void Transcript::add(std::string_view operation, http::ServerRequest request,
                     http::ServerResponse response, Timestamp begin,
                     std::chrono::milliseconds duration) {
  Exchange exchange;
  exchange.number = next_number_++;
  exchange.operation = operation;
  exchange.size = kPerExchange + request.target.size() + request.body.size() +
                  response.body.size() + size_of(request.headers) + size_of(response.headers);
  exchange.request = std::move(request);
  exchange.response = std::move(response);
  exchange.begin = begin;
  exchange.duration = duration;
  bytes_ += exchange.size;
  exchanges_.push_back(std::move(exchange));
  // The newest exchange stays even if it alone is too large.
  while (exchanges_.size() > most_ || (bytes_ > most_bytes_ && exchanges_.size() > 1))
    forget_oldest();
}

void Transcript::forget_oldest() {
  bytes_ -= exchanges_.front().size;
  exchanges_.pop_front();
  ++dropped_;
}

void Transcript::clear() noexcept {
  exchanges_.clear();
  bytes_ = 0;
  dropped_ = 0;
}

std::string Transcript::line(Exchange const& exchange, bool secrets) {
  json::object line;
  line["number"] = exchange.number;
  line["time"] = base::format_rfc3339(exchange.begin);
  line["operation"] = exchange.operation;
  line["method"] = printable(exchange.request.method);
  line["target"] = printable(exchange.request.target);
  line["requestHeaders"] = headers_json(exchange.request.headers, secrets);
  put_body(line, "requestBody", exchange.request.body, secrets);
  line["status"] = exchange.response.status;
  line["responseHeaders"] = headers_json(exchange.response.headers, secrets);
  put_body(line, "responseBody", exchange.response.body, secrets);
  line["durationMilliseconds"] = exchange.duration.count();
  line["dropped"] = exchange.response.drop_connection;
  return json::serialize(line);
}

std::string Transcript::text(TranscriptQuery const& query) const {
  std::string text;
  for (Exchange const& exchange : exchanges_) {
    if (!query.operation.empty() && query.operation != exchange.operation) continue;
    if (query.after && exchange.number <= *query.after) continue;
    if (query.since && exchange.begin < *query.since) continue;
    text.append(line(exchange, query.secrets)).append("\n");
  }
  return text;
}

}  // namespace scaleset::simulator
