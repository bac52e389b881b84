#include "backends/docker/specification.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace scaleset::backends::docker {
namespace {

constexpr std::int64_t kLeastMemory = 6 << 20;  // an engine refuses less

/// Reads the JIT configuration and becomes the runner. `timeout` and `head` are in every image that
/// has a shell; `read` with a time limit is not. What is exported here cannot be seen by anybody
/// who asks the engine, and the runner removes it from its environment (protocol.md 11.1).
std::string entry_script() {
  std::string const code = std::to_string(kNothingDelivered);
  return "jit=$(timeout " + std::to_string(kDeliverySeconds) +
         " head -n 1) && [ -n \"$jit\" ] || " + "exit " + code +
         "; export ACTIONS_RUNNER_INPUT_JITCONFIG=\"$jit\"; unset jit; " + "exec \"$@\" </dev/null";
}

bool is_name_character(char c) { return base::is_ascii_word(c) || c == '-' || c == '.'; }

void harden(Hardening hardening, ContainerSpec& spec) {
  if (hardening == Hardening::normal) {
    spec.drop_capabilities = {"NET_RAW", "MKNOD"};
    return;
  }
  spec.drop_capabilities = {"ALL"};
  spec.no_new_privileges = true;
  spec.read_only_root = true;
  // A runner writes below its own folder, so that has to be one of them, or a volume.
  spec.tmpfs.emplace("/tmp", "rw,exec,mode=1777");
}

std::unexpected<Error> bad(std::string text) {
  return fail(ErrorCode::invalid_options, std::move(text));
}

}  // namespace

bool is_container_name(std::string_view text) {
  constexpr std::size_t kLongest = 128;
  return text.size() >= 2 && text.size() <= kLongest &&
         std::string_view("._-").find(text.front()) == std::string_view::npos &&
         std::ranges::all_of(text, is_name_character);
}

std::string network_name(base::OwnerKey const& owner) { return "scaleset-" + owner.hash(); }

ContainerSpec container_for(ContainerSettings const& settings, Template const& what,
                            std::map<std::string, std::string> const& passed,
                            Ownership const& ownership) {
  ContainerSpec spec;
  spec.image = what.source;
  spec.entrypoint = {"/bin/sh", "-c", entry_script(), "scaleset"};
  spec.command = settings.command;
  spec.environment = what.environment;
  spec.environment.insert(passed.begin(), passed.end());
  // Otherwise a refused version ends like any other error (protocol.md 11.2, B9).
  spec.environment["ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE"] = "1";
  spec.labels = labels_of(ownership);
  spec.user = settings.user;
  spec.hostname = ownership.runner_name.substr(0, 63);  // no longer name is one
  spec.stdin_once = true;
  spec.cpus = settings.cpus;
  spec.memory = settings.memory;
  spec.pids = settings.pids;
  spec.shm = settings.shm;
  spec.tmpfs = settings.tmpfs;
  spec.network = settings.network.empty() ? network_name(ownership.owner) : settings.network;
  spec.extra_hosts = settings.extra_hosts;
  spec.mounts = settings.mounts;
  harden(settings.hardening, spec);
  return spec;
}

Result<void> validate(ContainerSettings const& settings) {
  if (settings.command.empty() || settings.command.front().empty())
    return bad("the command of a container is empty; name the runner's program in the image");
  if (settings.cpus < 0 || settings.memory < 0 || settings.pids < 0 || settings.shm < 0)
    return bad("a limit of a container is negative; 0 means that there is none");
  if (settings.memory > 0 && settings.memory < kLeastMemory)
    return bad("a container needs at least 6 MiB of memory; raise the limit");
  for (Mount const& mount : settings.mounts) {
    bool const named = !mount.source.empty() && mount.target.starts_with('/');
    if (!named)
      return bad("a volume needs a source, and an absolute path in the container: \"" +
                 mount.source + ":" + mount.target + "\"");
    if (mount.source.ends_with("/docker.sock"))
      return bad("the engine's socket " + mount.source +
                 " would give every job the whole machine; remove it from the volumes");
  }
  for (auto const& [path, options] : settings.tmpfs)
    if (!path.starts_with('/'))
      return bad("\"" + path + "\" is no absolute path; a tmpfs needs one");
  for (std::string const& host : settings.extra_hosts)
    if (host.find(':') == std::string::npos || host.starts_with(':') || host.ends_with(':'))
      return bad("\"" + host + "\" is no additional host; write it as \"name:address\"");
  return {};
}

}  // namespace scaleset::backends::docker
