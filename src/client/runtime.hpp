#pragma once

#include <memory>

#include "client/loop_thread.hpp"
#include "scaleset/client.hpp"

namespace scaleset::inline v0 {

/// What the public headers only name.
class Runtime final : public client::LoopThread {};

}  // namespace scaleset::inline v0

namespace scaleset::client {

/// Of the clients that were given none; ends with the last of them. One for all, so that those that
/// are alike share a token source (ADR 19).
[[nodiscard]] std::shared_ptr<Runtime> common_runtime();

}  // namespace scaleset::client
