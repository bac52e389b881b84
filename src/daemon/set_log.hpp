#pragma once

#include <memory>

#include "base/owner_key.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// Passes records on with a field more, "set", that says which scale set they are about (label_of).
[[nodiscard]] std::shared_ptr<LogSink> log_of_set(std::shared_ptr<LogSink> log,
                                                  base::OwnerKey const& owner);

}  // namespace scaleset::daemon
