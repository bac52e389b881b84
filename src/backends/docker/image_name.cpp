#include "backends/docker/image_name.hpp"

#include <algorithm>

namespace scaleset::backends::docker {
namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kIdPrefix = "sha256:";
constexpr std::size_t kIdDigits = 64;
constexpr std::size_t kLongestTag = 128;
constexpr std::size_t kLongestName = 255;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_word(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_digest(std::string_view text) {
  return text.starts_with(kIdPrefix) && text.size() == kIdPrefix.size() + kIdDigits &&
         std::ranges::all_of(text.substr(kIdPrefix.size()), is_hex);
}

bool is_tag(std::string_view text) {
  auto const fits = [](char c) { return is_word(c) || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= kLongestTag && is_word(text.front()) &&
         std::ranges::all_of(text, fits);
}

/// One part of a path between slashes: letters and digits, with separators between them.
bool is_component(std::string_view text) {
  auto const fits = [](char c) { return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-'; };
  return !text.empty() && is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
         std::ranges::all_of(text, fits);
}

bool is_repository(std::string_view text) {
  while (true) {
    auto const slash = text.find('/');
    if (!is_component(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_registry(std::string_view text) {
  auto const fits = [](char c) {
    return is_word(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

/// The first part is a registry if it looks like a host: "a/b" is a repository of the hub.
bool looks_like_host(std::string_view text) {
  return text.contains('.') || text.contains(':') || text == "localhost";
}

std::unexpected<Error> refused(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid_options,
              "\"" + std::string(text) + "\" is not the name of an image: " + std::string(why));
}

}  // namespace

Result<ImageName> ImageName::parse(std::string_view text) {
  ImageName name;
  if (is_digest(text)) {
    name.id = text;
    return name;
  }
  std::string_view rest = text;
  if (auto const at = rest.find('@'); at != std::string_view::npos) {
    name.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(name.digest))
      return refused(text, "what follows \"@\" has to be \"sha256:\" and 64 hexadecimal digits");
  }
  // A colon before the last slash belongs to a port.
  auto const colon = rest.rfind(':');
  auto const slash = rest.rfind('/');
  bool const has_tag =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (has_tag) {
    name.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(name.tag)) return refused(text, "the tag after \":\" is not one");
  } else if (name.digest.empty()) {
    name.tag = "latest";
  }
  auto const first = rest.find('/');
  bool const has_registry =
      first != std::string_view::npos && looks_like_host(rest.substr(0, first));
  name.registry = has_registry ? rest.substr(0, first) : kHub;
  name.repository = has_registry ? rest.substr(first + 1) : rest;
  if (name.registry == "index.docker.io") name.registry = kHub;
  if (!is_registry(name.registry)) return refused(text, "the registry is not a host");
  if (!is_repository(name.repository))
    return refused(text, "it consists of lower case letters, digits and separators between them");
  if (name.registry == kHub && !name.repository.contains('/'))
    name.repository = "library/" + name.repository;
  if (name.name().size() > kLongestName) return refused(text, "it is too long");
  return name;
}

std::string ImageName::text() const {
  if (!id.empty()) return id;
  return name() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

std::string ImageName::registry_key() const {
  return registry == kHub ? "https://index.docker.io/v1/" : registry;
}

}  // namespace scaleset::backends::docker
