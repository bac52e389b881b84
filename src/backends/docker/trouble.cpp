#include "backends/docker/trouble.hpp"

#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace scaleset::backends::docker {
namespace {

/// What engines and registries say, in lower case. They have no codes for most of it. The first
/// that fits counts.
constexpr auto kSayings = std::to_array<std::pair<std::string_view, Trouble>>({
    {"no space left on device", Trouble::no_space},
    {"no matching manifest for", Trouble::platform},
    {"does not match the specified platform", Trouble::platform},
    {"exec format error", Trouble::platform},
    {"pull access denied", Trouble::pull_refused},
    {"unauthorized", Trouble::pull_refused},
    {"toomanyrequests", Trouble::pull_refused},
    {"manifest unknown", Trouble::pull_refused},
    {"repository does not exist", Trouble::pull_refused},
    {"no such image", Trouble::image_missing},
    {"is already in use by container", Trouble::name_taken},
    {"all predefined address pools have been fully subnetted", Trouble::network},
    {"non-overlapping ipv4 address pool", Trouble::network},
    {"minimum memory limit", Trouble::limit},
    {"range of cpus", Trouble::limit},
    {"memory limit", Trouble::limit},
    {"pids limit", Trouble::limit},
    {"shm size", Trouble::limit},
    {"executable file not found", Trouble::entry},
    {"unable to start container process", Trouble::entry},
});

std::string_view mend(Trouble trouble) {
  switch (trouble) {
    case Trouble::unreachable: return "start the engine, or say where it listens (DOCKER_HOST)";
    case Trouble::forbidden:
      return "add the user of this program to the group of the socket, usually \"docker\"";
    case Trouble::image_missing: return "pull the image, or let this program pull it";
    case Trouble::pull_refused:
      return "check the image's name, and the credentials for its registry";
    case Trouble::platform: return "use an image that is made for the engine's machine";
    case Trouble::no_space:
      return "remove images and containers that nobody needs (\"docker system prune\")";
    case Trouble::name_taken: return "remove that container";
    case Trouble::limit: return "change the limits of the template";
    case Trouble::network:
      return "name a network that exists, or remove some that nobody needs (\"docker network "
             "prune\")";
    case Trouble::entry: return "use an image with a shell (/bin/sh), timeout and head";
    case Trouble::other: return {};
  }
  return {};
}

}  // namespace

bool is_of_connection(Error const& error) {
  return error.code == ErrorCode::network || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::tls_verification || error.code == ErrorCode::malformed_response;
}

bool is_ambiguous(Error const& error) {
  return is_of_connection(error) || error.code == ErrorCode::cancelled;
}

Trouble trouble_of(Error const& error) {
  std::string const text = base::ascii_lower(error.message);
  if (is_of_connection(error))
    return text.contains("permission denied") ? Trouble::forbidden : Trouble::unreachable;
  for (auto const& [saying, trouble] : kSayings)
    if (text.contains(saying)) return trouble;
  bool const network = text.contains("network ") && text.contains("not found");
  return network ? Trouble::network : Trouble::other;
}

Error explained(Error error) {
  if (error.code == ErrorCode::cancelled) return error;
  std::string_view const what_to_do = mend(trouble_of(error));
  if (!what_to_do.empty()) error.message.append("; ").append(what_to_do);
  error.code = ErrorCode::backend;
  return error;
}

Result<void> check_platform(Image const& image, Version const& engine,
                            std::string_view image_name) {
  // Podman and some builds do not name them.
  bool const known =
      !image.os.empty() && !image.arch.empty() && !engine.os.empty() && !engine.arch.empty();
  if (!known || (image.os == engine.os && image.arch == engine.arch)) return {};
  return fail(ErrorCode::backend, "the image " + std::string(image_name) + " is made for " +
                                      image.os + "/" + image.arch +
                                      ", and the engine's machine is " + engine.os + "/" +
                                      engine.arch + "; " + std::string(mend(Trouble::platform)));
}

}  // namespace scaleset::backends::docker
