#pragma once

#include <string_view>

#include "scaleset/http.hpp"

namespace scaleset::base {

/// The value of the first header with this name, in letters of either case; empty if there is none.
[[nodiscard]] std::string_view find_header(HeaderList const& headers,
                                           std::string_view name) noexcept;

}  // namespace scaleset::base
