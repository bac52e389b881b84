#include "base/url.hpp"

#include <algorithm>
#include <boost/url/decode_view.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/grammar/charset.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <cctype>
#include <cstdint>
#include <string>

#include "base/whole_number.hpp"

namespace scaleset::base {
namespace urls = boost::urls;
namespace {

std::string encode_except(std::string_view text, urls::grammar::lut_chars const& kept,
                          bool space_as_plus) {
  urls::encoding_opts options;
  options.space_as_plus = space_as_plus;
  return urls::encode(text, kept, options);
}

Error refusal(std::string_view problem) {
  return Error(ErrorCode::invalid_argument, "the URL " + std::string(problem));
}

/// What most often makes a text no absolute URL, by name. Null: none of these.
char const* named_problem(std::string_view text) {
  auto const is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) return "contains control characters";
  auto const scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0)
    return "has no scheme, such as https://";
  return nullptr;
}

/// Escapes what people and services leave unescaped behind the host, such as spaces, as Go does.
/// Escapes that are there already stay, so this is not encode().
std::string escape_after_host(std::string_view text) {
  static constexpr urls::grammar::lut_chars kept = urls::pchars + urls::grammar::lut_chars("/?#%");
  auto const scheme_end = text.find("://");
  auto const host_end =
      scheme_end == std::string_view::npos ? 0 : text.find_first_of("/?#", scheme_end + 3);
  if (host_end == std::string_view::npos) return std::string(text);
  std::string escaped(text.substr(0, host_end));
  std::string_view rest = text.substr(host_end);
  auto const keeps = [](char c) { return kept(static_cast<unsigned char>(c)); };
  while (!rest.empty()) {
    auto const end = std::find_if_not(rest.begin(), rest.end(), keeps);
    escaped.append(rest.begin(), end);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
    if (rest.empty()) break;
    escaped += encode_except(rest.substr(0, 1), urls::unreserved_chars, false);
    rest.remove_prefix(1);
  }
  return escaped;
}

/// Boost 1.81 accepts ports of any size, hosts with escapes, and takes "host:port" with letters in
/// the port for a host and a path. None of these can be connected to, and an escaped host would be
/// one name for the proxy rules and another one for the connection.
char const* unusable_authority(urls::url_view const& url) {
  if (url.encoded_host().empty()) return "has no host";
  if (url.encoded_host().find('%') != std::string_view::npos)
    return "has an escaped character in its host";
  bool const port_has_letters = !url.encoded_path().empty() && url.encoded_path().front() != '/';
  auto const port = whole_number<std::uint16_t>(url.port());
  if (port_has_letters || (!url.port().empty() && port.value_or(0) == 0))
    return "has a port that is not 1 to 65535";
  return nullptr;
}

Result<Url> parts_of(urls::url_view const& parsed) {
  if (char const* const problem = unusable_authority(parsed))
    return std::unexpected(refusal(problem));
  Url url;
  url.scheme = parsed.scheme();
  std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  url.userinfo = parsed.encoded_userinfo();
  url.host = parsed.encoded_host();
  url.port = parsed.port();
  url.path = parsed.encoded_path();
  url.query = parsed.encoded_query();
  url.fragment = parsed.encoded_fragment();
  return url;
}

}  // namespace

std::string Url::authority() const { return port.empty() ? host : host + ":" + port; }
std::string Url::origin() const { return scheme + "://" + authority(); }
std::string Url::target() const {
  return (path.empty() ? "/" : path) + (query.empty() ? "" : "?" + query);
}
std::string Url::to_string() const { return origin() + path + (query.empty() ? "" : "?" + query); }

Result<Url> parse_url(std::string_view text) {
  if (char const* const problem = named_problem(text)) return std::unexpected(refusal(problem));
  std::string const escaped = escape_after_host(text);
  auto const parsed = urls::parse_uri(escaped);
  if (parsed) return parts_of(*parsed);
  return std::unexpected(refusal(urls::make_pct_string_view(text)
                                     ? "has a host or a port that is not valid"
                                     : "has a broken percent escape (write % as %25)"));
}

Result<Url> resolve_url(Url const& base, std::string_view reference) {
  std::string const whole = base.to_string();
  std::string const escaped = escape_after_host(reference);
  auto const from = urls::parse_uri(whole);
  auto const to = urls::parse_uri_reference(escaped);
  urls::url resolved;
  if (!from || !to || !urls::resolve(*from, *to, resolved))
    return std::unexpected(refusal("cannot be resolved relative to " + base.origin()));
  return parts_of(resolved);
}

std::string encode_query(std::string_view text) {
  return encode_except(text, urls::unreserved_chars, true);
}
std::string encode_path_segment(std::string_view text) {
  static constexpr urls::grammar::lut_chars kept =
      urls::unreserved_chars + urls::grammar::lut_chars("$&+:=@");
  return encode_except(text, kept, false);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  // Most texts have nothing to decode, and each request has several.
  if (text.find_first_of(plus_is_space ? "%+" : "%") == std::string_view::npos)
    return std::string(text);
  auto const escaped = urls::make_pct_string_view(text);
  if (!escaped) return std::nullopt;
  urls::encoding_opts options;
  options.space_as_plus = plus_is_space;
  return escaped->decode(options);
}

QueryParameters parse_query(std::string_view query) {
  QueryParameters parameters;
  while (!query.empty()) {
    auto const end = query.find('&');
    std::string_view const parameter = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (parameter.empty()) continue;
    auto const equals = std::min(parameter.find('='), parameter.size());
    auto name = percent_decode(parameter.substr(0, equals), true);
    auto value = percent_decode(parameter.substr(std::min(equals + 1, parameter.size())), true);
    if (name && value) parameters.emplace_back(*std::move(name), *std::move(value));
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
