#pragma once

#include <boost/json/array.hpp>
#include <string_view>

#include "simulator/front/service.hpp"

namespace scaleset::simulator {

/// One page of a REST list: {"total_count":n,"<name>":[...]}. The query's `per_page` is 30, at most
/// 100, `page` counts from 1; what is no number counts as not given, as GitHub does it.
[[nodiscard]] http::ServerResponse page_reply(Call const& call, std::string_view name,
                                              boost::json::array const& all);

}  // namespace scaleset::simulator
