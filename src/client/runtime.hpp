#pragma once

#include <memory>

#include "client/loop_thread.hpp"
#include "scaleset/client.hpp"

namespace scaleset::inline v0 {

/// Opaque in the public headers.
class Runtime final : public client::LoopThread {};

}  // namespace scaleset::inline v0

namespace scaleset::client {

/// The runtime of all clients that were created without one; it ends with the last of them. They
/// share it, so that clients with the same options share a token as well (ADR 19).
[[nodiscard]] std::shared_ptr<Runtime> common_runtime();

}  // namespace scaleset::client
