#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "client/caller.hpp"

namespace scaleset::client {

/// Client::debug_info(): one JSON object on one line, without secrets. Of the config URL it shows
/// scheme, host, port and path, of the proxy scheme, host and port, of files their names.
///
///     {"version":"0.1.0","user_agent":{...},"config_url":"https://github.com/o","service":
///     "github.com","scope":"organization o","credentials":"personal access token","proxy":
///     "http://proxy:3128","no_proxy":"","ca_bundle_file":"","ca_bundle":"added_to_system",
///     "client_certificate_file":"","verify_tls":true,"connect_timeout_ms":10000,
///     "request_timeout_ms":30000,"poll_timeout_ms":150000,"max_retries":4,"requests":12,
///     "retries":1,"admin_token_age_s":840}
///
/// `proxy` is "" if there is none; `admin_token_age_s` is null before the first token.
[[nodiscard]] std::string make_debug_info(Caller const& caller,
                                          std::optional<std::chrono::seconds> token_age);

}  // namespace scaleset::client
