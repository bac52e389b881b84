#pragma once

#include <string>

#include "protocol/wire/config_url.hpp"

namespace scaleset::cli {

/// What is wrong with a config URL that can be read but that names no organization, repository or
/// enterprise of GitHub's, such as the address of the API, of a page below /orgs, or of a clone;
/// else nothing. The text names the URL that is most likely meant.
[[nodiscard]] std::string url_hint(protocol::ConfigUrl const& url);

}  // namespace scaleset::cli
