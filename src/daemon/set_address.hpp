#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/owner_key.hpp"
#include "scaleset/error.hpp"

namespace scaleset::daemon {

/// "https://github.com/my-org/default/my-set": the URL, the runner group and the name. It stands
/// for one scale set, as a name does only if no other one has the same.
[[nodiscard]] std::string address_of(base::OwnerKey const& owner);

/// What a scale set is called in the log of a process that serves several: the host of its URL,
/// unless that is github.com, its path, the runner group unless that is the default one, and the
/// name, as in "my-org/linux".
[[nodiscard]] std::string label_of(base::OwnerKey const& owner);

/// Which of them is meant by a name, a label or an address, in any case of letters. Errors:
/// not_found, with those that there are; ambiguous_result, with the addresses of those that are
/// meant.
[[nodiscard]] Result<std::size_t> find_set(std::vector<base::OwnerKey> const& owners,
                                           std::string_view which);

}  // namespace scaleset::daemon
