#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

#include "backends/backend.hpp"
#include "backends/docker/settings.hpp"
#include "http/byte_stream.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::backends::docker {

struct DockerOptions {
  DockerOptions() = default;
  /// Whose backend it is. What is another's is not looked at.
  base::OwnerKey owner;
  http::ServerAddress engine;  // engine_address()
  http::Resolver* resolver = nullptr;
  ContainerSettings container;
  PullPolicy pull = PullPolicy::if_not_present;
  /// How long a runner that was asked to end may take before it is killed.
  std::chrono::milliseconds stop_grace{90000};
};

/// A backend whose runners are containers of a Docker engine, or of what serves the same API
/// (field problem H2). `source` of the template is the name of the image. `Instance::reference` is
/// the beginning of the container's id.
///
/// A container has the runner's name, and labels that say whose it is (labels.hpp), so that the
/// next backend of the same owner finds and adopts it. It gets its JIT configuration through its
/// standard input (ADR 62). When it has ended, it is removed with its volumes, and then `exited`
/// is reported. If that is refused, it is tried three more times, 5 s apart, and
/// InstanceEvent::reason says so.
///
/// An engine that does not answer is asked again and again, at most 30 s apart; until it answers,
/// free_slots() is 0. Each container is waited for, and looked at whenever the engine comes back
/// (ADR 63).
///
/// list() adopts what it finds. A container that was never given its JIT configuration, because we
/// ended meanwhile, is removed.
///
/// Errors: invalid_options, with one line that says what to do. Before the backend is destroyed,
/// detach() must have been awaited and no other call may be under way.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_docker_backend(
    boost::asio::any_io_executor executor, DockerOptions options, InstanceObserver observer,
    std::shared_ptr<LogSink> log);

}  // namespace scaleset::backends::docker
