#pragma once

#include <string>
#include <string_view>

namespace scaleset::client {

/// The proxy that the environment names for calls to `config_url`: https_proxy or http_proxy by its
/// scheme, otherwise all_proxy, in lower case or in capitals. Empty: there is none. As curl and Go
/// do, it ignores HTTP_PROXY in capitals, since a CGI request header can set it.
[[nodiscard]] std::string environment_proxy(std::string_view config_url);
/// no_proxy of the environment, in lower case or in capitals.
[[nodiscard]] std::string environment_no_proxy();

}  // namespace scaleset::client
