#pragma once

#include <boost/json/array.hpp>
#include <string_view>

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"

namespace scaleset::simulator {

/// One page of a REST list: {"total_count":n,"<name>":[...]}. The query's `per_page` is 30 by
/// default and 100 at most; `page` counts from 1. As at GitHub, a value that is not a number counts
/// as not given.
[[nodiscard]] http::ServerResponse page_reply(Call const& call, std::string_view name,
                                              boost::json::array const& all);

}  // namespace scaleset::simulator
