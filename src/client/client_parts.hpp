#pragma once

#include <memory>

#include "scaleset/async/client.hpp"
#include "scaleset/client.hpp"

namespace scaleset {

/// What a blocking Client consists of, for the rooms that build on it. The owner keeps the others
/// alive; its last copy must not be dropped on the runtime's thread.
struct ClientParts {
  [[nodiscard]] static ClientParts of(Client const& client);
  std::shared_ptr<void const> owner;
  Runtime& runtime;
  async::Client& client;
};

}  // namespace scaleset
