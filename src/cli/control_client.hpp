#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/work_dir.hpp"
#include "daemon/control_codec.hpp"
#include "scaleset/error.hpp"

namespace scaleset::cli {

/// Where the socket of a `scaleset run` of this user may be.
[[nodiscard]] std::vector<std::filesystem::path> socket_folders(Environment const& environment);

/// The only socket in these folders that an autoscaler listens at. Unless `only_looks`, there must
/// be no socket of an autoscaler that has died either, since that one may be meant. Errors:
/// not_found, with where it was looked for; ambiguous_result, with all that there are. Both say
/// what to do.
[[nodiscard]] Result<std::filesystem::path> find_socket(
    std::vector<std::filesystem::path> const& folders, bool only_looks);

/// All of them, those whose autoscaler has died among them. Those that this user may not look for
/// are missing.
[[nodiscard]] std::vector<std::filesystem::path> sockets_in(
    std::vector<std::filesystem::path> const& folders);

/// Asks the autoscaler that listens at the socket, and waits for its answer, at most for so long.
/// Errors: those that it answers with; not_found if none listens there; timeout; io.
[[nodiscard]] Result<boost::json::value> ask(std::filesystem::path const& socket,
                                             daemon::ControlRequest const& request,
                                             std::chrono::milliseconds longest);

}  // namespace scaleset::cli
