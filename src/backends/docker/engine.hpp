#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/docker/codec.hpp"
#include "backends/docker/image_name.hpp"
#include "http/streaming_call.hpp"
#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::backends::docker {

/// The calls to an engine that a backend needs (its HTTP API, 1.40 to 1.52). Each has a connection
/// of its own. Used on the executor's thread; calls may overlap.
///
/// Errors of all: not_found (404), conflict (409: also a name that is taken); backend for other
/// refusals, with what the engine says; network and timeout, if it does not answer;
/// malformed_response; cancelled. Each names the call and what it is about.
class Engine {
 public:
  Engine(boost::asio::any_io_executor executor, http::ServerAddress address,
         http::Resolver* resolver);

  /// Asks what the engine is, and from then on speaks the newest version of its API that both know.
  /// Errors: also backend, if there is none.
  Task<Version> version();
  /// Names in errors: "unix:///run/docker.sock".
  [[nodiscard]] std::string address() const { return address_.text(); }

  // Containers, by id or name.

  Task<Created> create(std::string name, ContainerSpec spec);
  /// The connection to the standard input of a container that was not started yet.
  Task<std::unique_ptr<http::StreamingCall>> attach_stdin(std::string id);
  /// Of one that never ran. One that has ended would run again: look first.
  Task<void> start(std::string id);
  /// Sends a signal ("SIGTERM"). It is no error if the container does not run.
  Task<void> kill(std::string id, std::string signal);
  /// With its volumes, whether it runs or not. It is no error if there is none.
  Task<void> remove(std::string id);
  Task<Container> inspect(std::string id);
  /// All that have these labels, also those that do not run.
  Task<std::vector<Container>> list(Labels labels);
  /// The command lines of its processes. Errors: conflict, if it does not run.
  Task<std::vector<std::string>> top(std::string id);
  /// Waits, however long it takes, until it is over.
  Task<Ending> wait(std::string id);
  /// What it prints from now on, and `tail` lines of what it has printed, as LogFrames reads it.
  Task<std::unique_ptr<http::StreamingCall>> logs(std::string id, bool follow, int tail);

  /// What happens from now on to what has these labels: JSON lines, as parse_event() reads them.
  Task<std::unique_ptr<http::StreamingCall>> events(Labels labels);

  // Images and networks.

  Task<Image> image(ImageName name);
  /// `credentials` is the value of X-Registry-Auth; empty: none. `progress` is called for each line
  /// of the engine. Errors: also image errors of the engine as `backend`; timeout, if nothing
  /// comes for two minutes.
  Task<void> pull(ImageName name, Secret credentials,
                  std::function<void(PullStep const&)> progress);
  Task<std::string> create_network(NetworkSpec spec);
  Task<std::vector<Network>> networks(Labels labels);
  /// It is no error if there is none.
  Task<void> remove_network(std::string id);

 private:
  using Call = std::unique_ptr<http::StreamingCall>;
  using Request = http::StreamingCall::Request;

  Task<Call> begin(std::string what, Request request, http::StreamingCall::Duration longest);
  Task<std::string> ask(std::string what, Request request);
  Task<void> remove_it(std::string what, std::string path);
  [[nodiscard]] Request request(std::string method, std::string_view path) const;

  boost::asio::any_io_executor executor_;
  http::ServerAddress address_;
  http::Resolver* resolver_;
  std::string prefix_;  // "/v1.41"; empty: not negotiated yet
};

/// The newest version of the API that both know; no value if there is none. Pure.
[[nodiscard]] std::optional<std::string> common_api(std::string_view newest_of_engine);

}  // namespace scaleset::backends::docker
