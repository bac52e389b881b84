#pragma once

#include <string>
#include <string_view>

namespace scaleset::base {

/// What to do about an error number that says that a limit of the system is reached (EMFILE,
/// ENFILE, EAGAIN of a thread); empty for every other error.
[[nodiscard]] std::string_view advice_for_limit(int error_number);

/// The system's text for an error number, with that advice behind it if there is one.
[[nodiscard]] std::string system_error_text(int error_number);

/// EMFILE or ENFILE if no file descriptor can be opened at this moment, otherwise 0. Libraries that
/// report a failure without its cause leave only this way to find it out.
[[nodiscard]] int descriptors_exhausted();

}  // namespace scaleset::base
