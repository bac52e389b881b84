#pragma once

#include <optional>
#include <string>

#include "backends/docker/codec.hpp"
#include "base/owner_key.hpp"
#include "scaleset/types.hpp"

/// The labels by which a container, or a network, tells whose it is (field problem I5). They
/// outlive this program, and are all that the next one knows of it.
namespace scaleset::backends::docker {

struct Ownership {
  Ownership() = default;
  base::OwnerKey owner;
  std::string runner_name;
  RunnerId runner;
  ScaleSetId scale_set;
};

/// What is looked for in lists: everything of this owner, of every format.
[[nodiscard]] Labels owner_filter(base::OwnerKey const& owner);
/// Of what belongs to the scale set as a whole.
[[nodiscard]] Labels labels_of(base::OwnerKey const& owner);
/// Of a runner's container.
[[nodiscard]] Labels labels_of(Ownership const& ownership);

/// No value: it is no runner of this program, or one of a format that is newer than we are. Nothing
/// may be done with either.
[[nodiscard]] std::optional<Ownership> ownership_of(Labels const& labels);

}  // namespace scaleset::backends::docker
