#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scaleset/error.hpp"

namespace scaleset::http {

/// The addresses of a host, IPv4 and IPv6, in the order in which they are to be tried.
using Addresses = std::vector<std::string>;

/// Remembers the addresses of hosts for a while, and failures for a moment. Pure.
class NameCache {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kGood{60};
  /// Many calls that fail together ask once. Whoever mends the DNS must not wait for us.
  static constexpr std::chrono::seconds kFailed{2};
  /// While names cannot be looked up, addresses stay in use for so long after they were good: a
  /// connection that is kept needs none, and hosts seldom move.
  static constexpr std::chrono::hours kStale{1};

  /// No value: it has to be looked up.
  [[nodiscard]] std::optional<Result<Addresses>> find(std::string const& host, Time now) const;
  /// The answer of a look-up that ended at `now`. Returns what counts from now on: after a failure
  /// the addresses of before, if there are any that are not too old.
  Result<Addresses> learn(std::string const& host, Result<Addresses> answer, Time now);
  [[nodiscard]] std::size_t size() const noexcept { return hosts_.size(); }

 private:
  struct Host {
    Result<Addresses> answer;
    Time good_until;
    Time stale_until;
  };
  std::map<std::string, Host> hosts_;
};

}  // namespace scaleset::http
