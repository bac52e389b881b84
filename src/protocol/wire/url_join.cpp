#include "protocol/wire/url_join.hpp"

#include <algorithm>
#include <vector>

namespace scaleset::protocol {
namespace {

constexpr std::string_view kApiVersion = "6.0-preview";

/// Resolves `.`, `..` and empty segments; the result starts with a slash, and ends with one if the
/// path did.
std::string clean_path(std::string_view path) {
  bool const trailing_slash = path.ends_with('/');
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    auto const slash = path.find('/');
    auto const segment = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string cleaned;
  for (auto const segment : segments) cleaned.append("/").append(segment);
  if (cleaned.empty() || trailing_slash) cleaned += '/';
  return cleaned;
}

Result<base::Url> parse_given(std::string_view text, std::string_view what) {
  auto url = base::parse_url(text);
  if (url && (url->scheme == "https" || url->scheme == "http")) return url;
  std::string const why = url ? "its scheme is " + url->scheme : url.error().message;
  return fail(ErrorCode::malformed_response,
              "the service gave an unusable " + std::string(what) + ": " + why);
}

}  // namespace

Result<std::string> join_service_url(std::string_view base, std::string_view path,
                                     base::QueryParameters const& query) {
  auto url = parse_given(base, "URL of its Actions service");
  if (!url) return std::unexpected(url.error());
  auto parameters = base::parse_query(url->query);
  for (auto const& [name, value] : query) {
    std::erase_if(parameters, [&name](auto const& parameter) { return parameter.first == name; });
  }
  parameters.insert(parameters.end(), query.begin(), query.end());
  auto const version =
      std::find_if(parameters.begin(), parameters.end(),
                   [](auto const& parameter) { return parameter.first == "api-version"; });
  if (version == parameters.end()) {
    parameters.emplace_back("api-version", kApiVersion);
  } else if (version->second.empty()) {
    version->second = kApiVersion;
  }
  url->path = clean_path(url->path + "/" + std::string(path));
  url->query = base::encode_query_parameters(std::move(parameters));
  return url->to_string();
}

Result<std::string> poll_url(std::string_view queue_url, MessageId last) {
  auto url = parse_given(queue_url, "URL of its message queue");
  if (!url) return std::unexpected(url.error());
  if (last.value <= 0) return url->to_string();
  auto parameters = base::parse_query(url->query);
  std::erase_if(parameters,
                [](auto const& parameter) { return parameter.first == "lastMessageId"; });
  parameters.emplace_back("lastMessageId", std::to_string(last.value));
  url->query = base::encode_query_parameters(std::move(parameters));
  return url->to_string();
}

Result<std::string> message_url(std::string_view queue_url, MessageId id) {
  auto url = parse_given(queue_url, "URL of its message queue");
  if (!url) return std::unexpected(url.error());
  while (url->path.ends_with('/')) url->path.pop_back();
  url->path += "/" + std::to_string(id.value);
  return url->to_string();
}

}  // namespace scaleset::protocol
