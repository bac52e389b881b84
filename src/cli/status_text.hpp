#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace scaleset::cli {

/// What `scaleset status` shows on a terminal, from what the autoscaler has answered
/// (daemon/status_json.hpp). No text that comes from a job can control the terminal. What an
/// autoscaler of another version does not say is left out.
[[nodiscard]] std::string status_text(boost::json::value const& status);

}  // namespace scaleset::cli
