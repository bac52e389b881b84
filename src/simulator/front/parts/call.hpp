#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"
#include "scaleset/http.hpp"
#include "simulator/front/parts/operation.hpp"

namespace scaleset::simulator {

/// A request whose route is known, taken apart.
struct Call {
  Call() = default;
  Operation operation;
  /// The variable segments of the path, decoded, in order. Where the REST API names a tenant
  /// ("orgs/o", "repos/o/r", "enterprises/e") the first of them is the tenant's path ("o", "o/r",
  /// "enterprises/e").
  std::vector<std::string> segments;
  /// The tenant's place in URLs of the acquire profile; empty for URLs below /rest.
  std::string service_id;
  base::QueryParameters query;
  HeaderList headers;
  std::string body;
  std::string path;      // as it was sent, without the query
  std::string base_url;  // the scheme and the Host header: how this client addresses the simulator

  /// The first value of a query parameter; empty if there is none.
  [[nodiscard]] std::string parameter(std::string_view name) const;
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// What follows the scheme ("Bearer", in any case) in the Authorization header; empty if the
  /// header is missing or has another scheme.
  [[nodiscard]] std::string_view credential(std::string_view scheme) const noexcept;
  /// A variable segment as a number; -1 if it is not a number.
  [[nodiscard]] std::int64_t number(std::size_t index) const noexcept;
};

}  // namespace scaleset::simulator
