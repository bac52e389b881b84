#pragma once

#include <string_view>

#include "base/url.hpp"

namespace scaleset::base {

/// Whether a request to `url` is made without the proxy. This is decided here and not by curl, so
/// that every part of the library decides alike, and ranges work with every version of libcurl. The
/// rules are Go's.
///
/// `no_proxy` is a list with commas or white space between its entries. An entry is one of
///   example.com                   this host and all below it, in either case
///   .example.com, *.example.com   only what is below it
///   10.1.2.3, ::1, [::1]          this address (hosts are not resolved)
///   10.0.0.0/8, fd00::/8          every address of the range
///   *                             everything
/// An entry other than "*" or a range may end in ":port" (an IPv6 address then needs brackets); it
/// matches this port only. A URL without a port has the port of its scheme. Any other entry matches
/// nothing.
[[nodiscard]] bool bypasses_proxy(std::string_view no_proxy, Url const& url);

/// The entries for this machine: what a request to it is sent to never leaves the machine.
inline constexpr std::string_view kThisMachine = "localhost,127.0.0.0/8,[::1]";
[[nodiscard]] inline bool is_this_machine(Url const& url) {
  return bypasses_proxy(kThisMachine, url);
}

}  // namespace scaleset::base
