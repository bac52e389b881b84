#include "cli/flag_names.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace scaleset::cli {
namespace {

constexpr auto kNames = std::to_array<FlagName>({
    {"ca_bundle_file", "--ca-file", "ca_file"},
    {"client_certificate_file", "the file of the client certificate"},
    {"client_key_file", "the file of the client certificate's key"},
    {"CallOptions::timeout", "--timeout", "call_deadline"},
    {"connect_timeout", "the time limit of a connection"},
    {"Listener::Options::owner", "--owner"},
    {"Listener::Options::on_session", "the handler of sessions"},
    {"Listener::Options::on_trouble", "the handler of failed polls"},
    {"Listener::Options::scale_set", "--set"},
    {"max_delay", "the longest delay"},
    {"max_response_bytes", "the largest size of a response"},
    {"max_retries", "the number of retries"},
    {"max_runners", "--max-runners", "max_runners"},
    {"min_delay", "the shortest delay"},
    {"RetryOptions", "the settings for retries"},
    {"RetryOptions::max_elapsed", "the time limit of a call with its retries", "retry_budget"},
    {"StrictListener::Options::scale_set", "--set"},
    {"tcp_keepalive", "the interval of keep-alive probes"},
    {"TransportOptions", "the settings of the transport"},
    {"TransportOptions::proxy", "ALL_PROXY", "proxy"},
    {"verify_tls", "the verification of certificates"},
});

/// How long the C++ name at the front is: words joined by "::".
std::size_t name_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    bool const joint = text.substr(length).starts_with("::") && length + 2 < text.size() &&
                       base::is_ascii_word(text[length + 2]);
    if (!joint && !base::is_ascii_word(text[length])) break;
    length += joint ? 2 : 1;
  }
  return length;
}

/// Beside these a name is a part of a path or of a flag, or a key of the configuration file.
bool belongs_to_more(char c) { return c == '/' || c == '-' || c == '\\' || c == '"' || c == '`'; }

/// The text with each of the names replaced by what `words` makes of it.
template <class Words>
std::string with_names(std::string_view text, Words words) {
  std::string result;
  while (!text.empty()) {
    std::size_t const length = name_length(text);
    if (length == 0) {
      result += text.front();
      text.remove_prefix(1);
      continue;
    }
    std::string_view const name = text.substr(0, length);
    text.remove_prefix(length);
    bool const part = (!result.empty() && belongs_to_more(result.back())) ||
                      (!text.empty() && belongs_to_more(text.front()));
    auto const* const found = std::ranges::find(kNames, name, &FlagName::option);
    if (part || found == kNames.end())
      result += name;
    else
      result += words(*found);
  }
  return result;
}

}  // namespace

std::span<FlagName const> flag_names() noexcept { return kNames; }

std::string with_flag_names(std::string_view text) {
  return with_names(text, [](FlagName const& name) { return name.words; });
}

std::string with_key_names(std::string_view text) {
  return with_names(text, [](FlagName const& name) {
    if (name.key.empty() || name.key == name.option)
      return std::string(name.key.empty() ? name.words : name.key);
    return "`" + std::string(name.key) + "`";
  });
}

}  // namespace scaleset::cli
