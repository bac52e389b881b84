#include "base/url.hpp"

#include <algorithm>
#include <cctype>

namespace scaleset::base {
namespace {

constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

std::string encode_except(std::string_view text, std::string_view also_kept, bool space_as_plus) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (char const c : text) {
    if (kUnreserved.find(c) != std::string_view::npos ||
        also_kept.find(c) != std::string_view::npos) {
      encoded += c;
    } else if (c == ' ' && space_as_plus) {
      encoded += '+';
    } else {
      auto const byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += digits[byte >> 4U];
      encoded += digits[byte & 15U];
    }
  }
  return encoded;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Cuts `text` at the first `separator` and returns the part behind it.
std::string cut_tail(std::string_view& text, char separator) {
  auto const at = text.find(separator);
  if (at == std::string_view::npos) return {};
  std::string tail(text.substr(at + 1));
  text = text.substr(0, at);
  return tail;
}

Result<void> parse_authority(std::string_view authority, Url& url) {
  if (auto const at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  auto const bracket = authority.rfind(']');
  if (authority.starts_with('[') != (bracket != std::string_view::npos)) {
    return fail(ErrorCode::invalid_argument, "URL has an unbalanced bracket in its host");
  }
  auto const colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    url.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  url.host = authority;
  bool const digits =
      std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || url.port.size() > 5)
    return fail(ErrorCode::invalid_argument, "URL has a port that is not a number");
  if (url.host.empty()) return fail(ErrorCode::invalid_argument, "URL has no host");
  return {};
}

}  // namespace

std::string Url::authority() const { return port.empty() ? host : host + ":" + port; }
std::string Url::origin() const { return scheme + "://" + authority(); }
std::string Url::target() const {
  return (path.empty() ? "/" : path) + (query.empty() ? "" : "?" + query);
}
std::string Url::to_string() const { return origin() + path + (query.empty() ? "" : "?" + query); }

Result<Url> parse_url(std::string_view text) {
  auto const is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return fail(ErrorCode::invalid_argument, "URL contains control characters");
  }
  auto const scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) {
    return fail(ErrorCode::invalid_argument, "URL has no scheme, such as https://");
  }
  Url url;
  url.scheme = text.substr(0, scheme_end);
  std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  text.remove_prefix(scheme_end + 3);
  url.fragment = cut_tail(text, '#');
  url.query = cut_tail(text, '?');
  auto const slash = text.find('/');
  if (slash != std::string_view::npos) url.path = text.substr(slash);
  if (auto parsed = parse_authority(text.substr(0, slash), url); !parsed)
    return std::unexpected(parsed.error());
  return url;
}

std::string encode_query(std::string_view text) { return encode_except(text, "", true); }
std::string encode_path_segment(std::string_view text) {
  return encode_except(text, "$&+:=@", false);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] == '%') {
      int const high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
      int const low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

QueryParameters parse_query(std::string_view query) {
  QueryParameters parameters;
  while (!query.empty()) {
    auto const end = query.find('&');
    std::string_view name = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (name.empty()) continue;
    std::string const value = cut_tail(name, '=');
    auto decoded_name = percent_decode(name, true);
    auto decoded_value = percent_decode(value, true);
    if (decoded_name && decoded_value)
      parameters.emplace_back(*std::move(decoded_name), *std::move(decoded_value));
  }
  return parameters;
}

std::string encode_query_parameters(QueryParameters parameters) {
  std::stable_sort(parameters.begin(), parameters.end(),
                   [](auto const& a, auto const& b) { return a.first < b.first; });
  std::string query;
  for (auto const& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    query += encode_query(name) + "=" + encode_query(value);
  }
  return query;
}

}  // namespace scaleset::base
