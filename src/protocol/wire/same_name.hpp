#pragma once

#include <string_view>

namespace scaleset::protocol {

/// Whether two names of scale sets, groups or runners can be the same to the service, which takes
/// upper and lower case as the same. Only ASCII is compared: how the service compares other letters
/// is not known, and an answer must not be refused for that.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace scaleset::protocol
