#pragma once

#include <string_view>

#include "base/url.hpp"

namespace scaleset::base {

/// Whether a request to `url` goes around the proxy. Pure, and ours rather than curl's, so that all
/// parts of the house answer alike and CIDR ranges work whatever libcurl is underneath.
///
/// `no_proxy` is a list with commas or white space between its entries. An entry is one of
///   example.com, .example.com, *.example.com   that host and everything below it, any case
///   10.1.2.3, ::1, [::1]                       that address (hosts are not resolved)
///   10.0.0.0/8, fd00::/8                       every address of the range
///   *                                          everything
/// Each but "*" and ranges may end in ":port" (an IPv6 address then has brackets) and matches that
/// port only; a URL without a port has its scheme's. An entry that is none of these matches
/// nothing.
[[nodiscard]] bool bypasses_proxy(std::string_view no_proxy, Url const& url);

}  // namespace scaleset::base
