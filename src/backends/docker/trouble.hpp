#pragma once

#include <string>
#include <string_view>

#include "backends/docker/codec.hpp"
#include "scaleset/error.hpp"

namespace scaleset::backends::docker {

/// What an engine's refusal comes from.
enum class Trouble : std::uint8_t {
  unreachable,    // nobody listens, or it does not answer
  forbidden,      // we may not use its socket
  image_missing,  // and may not be pulled
  pull_refused,   // the registry does not give it to us
  platform,       // it is for other machines
  no_space,
  name_taken,
  limit,    // one that the engine does not take
  network,  // unknown, or there are no addresses left for one
  entry,    // the image has no shell, or nothing of it can be run
  other,
};
[[nodiscard]] Trouble trouble_of(Error const& error);

/// The error as a fault of the backend, on one line: what happened, and what to do. A cancellation
/// stays one.
[[nodiscard]] Error explained(Error error);

/// Whether it may have happened although it failed: the answer was lost.
[[nodiscard]] bool is_ambiguous(Error const& error);
/// Whether it is a fault of the connection to the engine, not of what was asked of it.
[[nodiscard]] bool is_of_connection(Error const& error);

/// Whether the engine can run the image. Errors: backend.
[[nodiscard]] Result<void> check_platform(Image const& image, Version const& engine,
                                          std::string_view image_name);

}  // namespace scaleset::backends::docker
