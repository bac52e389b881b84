#include "client/debug_info.hpp"

#include "base/json_text.hpp"
#include "http/proxy.hpp"
#include "scaleset/version.hpp"

namespace scaleset::client {
namespace {

/// Writes a JSON object. The keys come in the order in which they are added.
class JsonObject {
 public:
  void text(std::string_view key, std::string_view value) { raw(key, base::json_quote(value)); }
  void number(std::string_view key, std::int64_t value) { raw(key, std::to_string(value)); }
  void flag(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
  void raw(std::string_view key, std::string_view json) {
    text_ += text_.empty() ? "{" : ",";
    text_.append(base::json_quote(key)).append(":").append(json);
  }
  [[nodiscard]] std::string take() { return std::move(text_.append("}")); }

 private:
  std::string text_;
};

/// Without query and fragment, which might hold a secret. (finalize() refuses a URL with a
/// password.)
std::string_view config_url_of(FinalizedClientOptions const& options) {
  std::string_view const text = options.config_url().text;
  return text.substr(0, text.find_first_of("?#"));
}

/// Without user and password: parse_proxy() keeps them apart from the URL.
std::string proxy_of(TransportOptions const& transport) {
  auto const proxy = http::parse_proxy(transport.proxy.value_or(""));
  return proxy && *proxy ? (*proxy)->url : "";
}

std::string_view kind_of(Credentials const& credentials) {
  if (std::holds_alternative<PersonalAccessToken>(credentials)) return "personal access token";
  return std::holds_alternative<GitHubApp>(credentials) ? "GitHub App" : "token provider";
}

void add_transport(JsonObject& object, TransportOptions const& transport) {
  object.text("proxy", proxy_of(transport));
  object.text("no_proxy", transport.no_proxy);
  object.text("ca_bundle_file", transport.ca_bundle_file);
  bool const instead = transport.ca_bundle == CaBundle::instead_of_system;
  object.text("ca_bundle", instead ? "instead_of_system" : "added_to_system");
  object.text("client_certificate_file", transport.client_certificate_file);
  object.flag("verify_tls", transport.verify_tls);
  object.number("connect_timeout_ms", transport.connect_timeout.count());
  object.number("request_timeout_ms", transport.request_timeout.count());
  object.number("poll_timeout_ms", transport.poll_timeout.count());
}

}  // namespace

std::string make_debug_info(FinalizedClientOptions const& options, Caller::Counts const& counts,
                            std::optional<std::chrono::seconds> token_age) {
  JsonObject object;
  object.text("version", kVersion);
  // It is JSON already (protocol.md 4.2), so it is not quoted again.
  object.raw("user_agent", options.user_agent());
  object.text("config_url", config_url_of(options));
  object.text("service", options.config_url().hosted ? "github.com" : "GitHub Enterprise Server");
  object.text("scope", options.config_url().display());
  object.text("credentials", kind_of(options.credentials()));
  add_transport(object, options.transport());
  object.number("max_retries", options.retry().max_retries);
  object.number("requests", counts.requests);
  object.number("retries", counts.retries);
  object.raw("admin_token_age_s", token_age ? std::to_string(token_age->count()) : "null");
  return object.take();
}

}  // namespace scaleset::client
