#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "backends/docker/codec.hpp"
#include "scaleset/error.hpp"

namespace scaleset::backends::docker {

/// When an image is pulled.
enum class PullPolicy : std::uint8_t {
  if_not_present,
  always,  // one that the engine has is used if the registry cannot be reached
  never,
};

/// How much a job may do in its container.
enum class Hardening : std::uint8_t {
  normal,  // without raw sockets and device nodes
  strict,  // without any capability and sudo; only /tmp and the work folder can be written to
};

/// What the containers of a scale set are made of, besides the image and the environment of the
/// template. Numbers that are 0 set no limit.
struct ContainerSettings {
  ContainerSettings() = default;
  /// What the entry runs, once it has read the JIT configuration. Relative to the image's folder.
  std::vector<std::string> command{"./bin/Runner.Listener", "run"};
  std::string user;  // empty: the image's
  double cpus = 0;
  std::int64_t memory = 0;  // bytes
  std::int64_t pids = 4096;
  std::int64_t shm = 0;  // bytes
  Hardening hardening = Hardening::normal;
  /// An existing network; empty: one of the scale set's own, in which containers do not see each
  /// other.
  std::string network;
  std::vector<std::string> extra_hosts;  // "name:address"
  std::vector<Mount> mounts;
  std::map<std::string, std::string> tmpfs;  // options by path
};

/// Whether an engine could take them. Errors: invalid_options, with what to do.
[[nodiscard]] Result<void> validate(ContainerSettings const& settings);

}  // namespace scaleset::backends::docker
