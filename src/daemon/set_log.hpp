#pragma once

#include <memory>
#include <string>

#include "base/owner_key.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// What a scale set is called in the log of a process that serves several: the path of its URL, its
/// runner group unless that is the default one, and its name, as in "my-org/linux".
[[nodiscard]] std::string label_of(base::OwnerKey const& owner);

/// Passes records on with a field more, "set", that says which scale set they are about.
[[nodiscard]] std::shared_ptr<LogSink> log_of_set(std::shared_ptr<LogSink> log,
                                                  base::OwnerKey const& owner);

}  // namespace scaleset::daemon
