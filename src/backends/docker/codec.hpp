#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"

/// The JSON of a Docker engine (API 1.40 to 1.52), and of what serves the same API, such as Podman.
/// Pure. Fields that are not known are ignored, and those that are not needed may be missing.
/// Errors of all: malformed_response, with what did not fit.
namespace scaleset::backends::docker {

using Labels = std::map<std::string, std::string>;

/// A folder or a volume of the host inside a container.
struct Mount {
  Mount() = default;
  std::string source;  // an absolute path, or the name of a volume
  std::string target;
  bool read_only = false;
};
/// What a container is made of. Numbers that are 0 set no limit.
struct ContainerSpec {
  ContainerSpec() = default;
  std::string image;
  std::vector<std::string> entrypoint;  // empty: the image's
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  Labels labels;
  std::string user;         // empty: the image's
  std::string hostname;     // empty: the engine chooses one
  bool stdin_once = false;  // it reads from one attached connection, and then from none
  // Limits.
  double cpus = 0;
  std::int64_t memory = 0;  // bytes, without any swap beyond it
  std::int64_t pids = 0;
  std::int64_t shm = 0;  // bytes
  // Isolation.
  bool init = true;
  bool no_new_privileges = false;
  bool read_only_root = false;
  std::vector<std::string> drop_capabilities;
  std::vector<std::string> add_capabilities;
  std::map<std::string, std::string> tmpfs;  // options by path
  std::string network;                       // empty: the engine's default
  std::vector<std::string> extra_hosts;      // "name:address"
  std::vector<Mount> mounts;
  std::int64_t log_bytes = 10 << 20;  // of what it prints, as the engine keeps it
};
[[nodiscard]] std::string format_container(ContainerSpec const& spec);

/// The answer to a creation.
struct Created {
  Created() = default;
  std::string id;
  std::vector<std::string> warnings;
};
[[nodiscard]] Result<Created> parse_created(std::string_view text);

enum class ContainerPhase : std::uint8_t {
  created,  // it never ran
  running,  // also while it is paused or restarted
  exited,   // also while it is removed
};
struct Container {
  Container() = default;
  std::string id;
  std::string name;  // without the slash
  Labels labels;
  ContainerPhase phase = ContainerPhase::exited;
  // Of one container (inspect), not of a list:
  std::optional<int> exit_code;
  bool out_of_memory = false;
  std::string error;  // of the engine, if it could not start it
};
[[nodiscard]] Result<std::vector<Container>> parse_containers(std::string_view text);
[[nodiscard]] Result<Container> parse_container(std::string_view text);

/// How a container has ended.
struct Ending {
  Ending() = default;
  int code = 0;
  std::string error;  // empty: there was none
};
[[nodiscard]] Result<Ending> parse_wait(std::string_view text);

/// One line of the engine's events.
struct Event {
  Event() = default;
  std::string type;    // "container", "network"
  std::string action;  // "start", "die", "oom"; what follows a colon is left out
  std::string id;
  Labels attributes;  // labels, "exitCode", "name"
};
[[nodiscard]] Result<Event> parse_event(std::string_view line);

/// One line of a pull.
struct PullStep {
  PullStep() = default;
  std::string layer;   // empty: it is about the whole image
  std::string status;  // "Downloading"
  std::int64_t current = 0;
  std::int64_t total = 0;
  std::string error;  // the pull has failed
};
[[nodiscard]] Result<PullStep> parse_pull_step(std::string_view line);

struct Version {
  Version() = default;
  std::string version;  // "20.10.24"
  std::string api;      // "1.41"
  std::string os;       // "linux"
  std::string arch;     // "amd64"
  bool is_podman = false;
};
[[nodiscard]] Result<Version> parse_version(std::string_view text);

struct Image {
  Image() = default;
  std::string id;
  std::string os;
  std::string arch;
  std::vector<std::string> digests;  // "name@sha256:..."
};
[[nodiscard]] Result<Image> parse_image(std::string_view text);

/// The command lines of a container's processes.
[[nodiscard]] Result<std::vector<std::string>> parse_top(std::string_view text);

struct NetworkSpec {
  NetworkSpec() = default;
  std::string name;
  Labels labels;
  std::string subnet;  // "10.1.2.0/28"; empty: the engine chooses one
  bool containers_may_talk = false;
};
[[nodiscard]] std::string format_network(NetworkSpec const& spec);
struct Network {
  Network() = default;
  std::string id;
  std::string name;
  Labels labels;
};
[[nodiscard]] Result<std::vector<Network>> parse_networks(std::string_view text);

/// What an answer with an error status says, on one line; the text itself if it is not the engine's
/// JSON, cut short.
[[nodiscard]] std::string error_text(std::string_view body);

/// For the parameter `filters` of lists and events: {"label":["a=b"]}. Not encoded.
[[nodiscard]] std::string label_filter(Labels const& labels);

}  // namespace scaleset::backends::docker
