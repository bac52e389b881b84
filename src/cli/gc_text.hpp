#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace scaleset::cli {

/// What `scaleset gc` has found or deleted, for a person: its JSON as lines. The last one counts.
[[nodiscard]] std::string gc_text(boost::json::value const& findings);

}  // namespace scaleset::cli
