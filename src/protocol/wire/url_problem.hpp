#pragma once

#include <string>
#include <string_view>

namespace scaleset::protocol {

/// What keeps a text from being the URL of an organization, repository or enterprise: what
/// parse_config_url() says, or that it is the address of something else of GitHub's, such as a page
/// below /orgs, the API or a clone. Then the text names the URL that is most likely meant. Empty:
/// nothing does.
[[nodiscard]] std::string url_problem(std::string_view text);

}  // namespace scaleset::protocol
