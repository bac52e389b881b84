#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rsa_public_key.hpp"
#include "scaleset/types.hpp"

namespace scaleset::simulator {

/// A GitHub App that the simulator knows (spec 3.2).
struct App {
  std::string client_id;  // what its JWTs say as `iss`: the client id, or the app's number
  base::RsaPublicKey key;
  std::vector<std::int64_t> installations;  // none: every installation id is its own
};

/// Which Apps there are. As long as there is none, any well-formed App JWT is taken for the real
/// thing, whoever signed it; from the first one on, only registered Apps are let in.
class Apps {
 public:
  /// In place of one with the same id.
  void add(App app);
  /// What is wrong with an App's JWT at `now`, in GitHub's words; empty: nothing. The times get a
  /// minute's tolerance for clocks that differ.
  [[nodiscard]] std::string jwt_problem(std::string_view token, Timestamp now) const;
  /// Whether the installation is of the App that made this (good) JWT.
  [[nodiscard]] bool may_use(std::string_view token, std::int64_t installation) const;

 private:
  [[nodiscard]] App const* find(std::string_view client_id) const;
  std::vector<App> apps_;
};

}  // namespace scaleset::simulator
