#pragma once

#include <optional>
#include <string>

#include "base/condition.hpp"
#include "scaleset/error.hpp"

namespace scaleset::backends {

/// Of a start that goes on by itself, for whoever waits for it.
struct StartOutcome {
  std::optional<Result<std::string>> reference;  // of the instance; no value: it goes on
  base::Condition changed;
};

}  // namespace scaleset::backends
