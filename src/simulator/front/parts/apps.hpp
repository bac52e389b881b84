#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rsa_public_key.hpp"
#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// A GitHub App that the simulator knows (protocol.md 3.2).
struct App {
  std::string client_id;  // the `iss` of its JWTs: the client id, or the App's number
  base::RsaPublicKey key;
  std::vector<std::int64_t> installations;  // none: every installation counts as the App's
};

/// The registered Apps. As long as there are none, any well-formed App JWT is accepted, whoever
/// signed it; after that, only those of registered Apps.
class Apps {
 public:
  /// Replaces the App with the same id, if there is one.
  void add(App app);
  /// What is wrong with an App's JWT at `now`, in GitHub's words; empty if nothing is. Clocks may
  /// differ by a minute.
  [[nodiscard]] std::string jwt_problem(std::string_view token, Timestamp now) const;
  /// Whether the installation is one of the App that made this JWT, which must be good.
  [[nodiscard]] bool may_use(std::string_view token, std::int64_t installation) const;

 private:
  [[nodiscard]] App const* find(std::string_view client_id) const;
  std::vector<App> apps_;
};

}  // namespace scaleset::simulator
