#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <string_view>
#include <system_error>

namespace scaleset::base {

/// What to do about an error number that says that a limit of the system is reached (EMFILE,
/// ENFILE, EAGAIN of a thread); empty for every other error.
[[nodiscard]] std::string_view advice_for_limit(int error_number);

/// The system's text for an error number, with that advice behind it if there is one.
[[nodiscard]] std::string system_error_text(int error_number);
[[nodiscard]] std::string system_error_text(std::error_code const& error);

/// Raises this process's soft limit of open files to the hard limit, which a service manager
/// usually sets much higher, or to a million. Returns what the soft limit was, for processes that
/// are started later: they would inherit the raised one, and some programs cannot cope with it.
rlim_t raise_descriptor_limit();
/// Sets the soft limit of open files of another process.
void set_descriptor_limit(pid_t process, rlim_t limit);

/// EMFILE or ENFILE if so many file descriptors cannot be opened at this moment, otherwise 0.
/// Libraries that report a failure without its cause leave only this way to find it out.
[[nodiscard]] int descriptors_exhausted(int needed = 1);
/// What a library may need at once for a connection: a pair of sockets for its own use, and a file
/// and a socket for the look-up of a name. What it had opened before it failed is free again.
inline constexpr int kDescriptorsOfAConnection = 4;

}  // namespace scaleset::base
