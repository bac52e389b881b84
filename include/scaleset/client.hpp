#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/options.hpp"
#include "scaleset/types.hpp"

/// The blocking API. No Boost, curl or JSON header is reachable from here.
namespace scaleset::inline v0 {

class HttpTransport;  // scaleset/async/transport.hpp; testing::FakeTransport is one

/// A thread with its event loop and connections. Share one among all clients of a process.
/// Hooks, SecretReaders and a user's transport run on this thread; Client::create also calls the
/// SecretReader, on its caller's thread and before there is a client. A blocking call that is made
/// there fails at once with invalid_argument, since it would wait for itself; getters and
/// Client::create work.
class Runtime;
/// Starts the thread; if that fails, Client::create says why. It ends when its last client and its
/// last owner are gone: whoever drops the last reference waits for its end. If that happens on the
/// thread itself, the thread ends in the background.
[[nodiscard]] std::shared_ptr<Runtime> make_runtime();

/// Blocking counterpart of async::MessageSession. Thread-safe: acknowledging, acquiring and closing
/// work during a poll. Cheap to copy. Call close() before the last copy is destroyed: otherwise
/// the service keeps the session for about 90 s and refuses the next one, which is logged as a
/// warning.
class MessageSession {
 public:
  struct Impl;
  explicit MessageSession(std::shared_ptr<Impl> impl);

  /// Long-polls (about 50 s). No value means that no message arrived: poll again. See
  /// async::MessageSession::get_message.
  Result<std::optional<Message>> get_message(MessageId last, int max_capacity,
                                             CallOptions options = {});
  /// Acknowledges: the only thing that takes a message out of the queue.
  Result<void> delete_message(MessageId id, CallOptions options = {});
  /// GHES profile only. Returns the ids actually acquired.
  Result<std::vector<RequestId>> acquire_jobs(std::span<RequestId const> ids,
                                              CallOptions options = {});
  /// Gets a new queue token for the same session.
  Result<void> refresh(CallOptions options = {});
  /// Ends the session at the service (protocol.md E12). See async::MessageSession::close.
  Result<void> close(CallOptions options = {});

  /// A UUID, lower case with hyphens. Changes when the session is opened anew.
  [[nodiscard]] std::string id() const;
  /// The owner of the session, as the service confirmed it. Others see it in their
  /// session_conflict.
  [[nodiscard]] std::string owner() const;
  /// The statistics that came when the session was opened or last refreshed. Jobs that were queued
  /// before the session are visible only here. No value if the service sent none.
  [[nodiscard]] std::optional<Statistics> statistics() const;
  /// How often the service lost the session and it was opened anew.
  [[nodiscard]] std::int64_t times_recreated() const;

 private:
  std::shared_ptr<Impl> impl_;
};

/// Blocking counterpart of async::Client: same calls, same errors. Thread-safe: calls from several
/// threads run side by side over the same connections. Cheap to copy. Its calls must not be made on
/// the runtime's own thread, for example in a hook: see Runtime.
class Client {
 public:
  struct Impl;
  /// No network I/O. If `runtime` is null, the client uses a runtime that all clients created this
  /// way share. If `transport` is null, the client connects with libcurl; any other transport is
  /// used on the runtime's thread only. Errors: those of finalize(); io, if the system has no
  /// threads or descriptors left for a runtime or a client.
  static Result<Client> create(ClientOptions options, std::shared_ptr<Runtime> runtime = nullptr,
                               std::shared_ptr<HttpTransport> transport = nullptr);

  /// The scale set of that name in that group. See async::Client::find_scale_set.
  Result<std::optional<ScaleSet>> find_scale_set(RunnerGroupId group, std::string name,
                                                 CallOptions options = {}) const;
  /// The scale set with that id. See async::Client::get_scale_set.
  Result<ScaleSet> get_scale_set(ScaleSetId id, CallOptions options = {}) const;
  /// All scale sets of a group or of the tenant. See async::Client::list_scale_sets.
  Result<std::vector<ScaleSet>> list_scale_sets(std::optional<RunnerGroupId> group = {},
                                                CallOptions options = {}) const;
  /// Creates a scale set and returns it with its id. See async::Client::create_scale_set.
  Result<ScaleSet> create_scale_set(ScaleSet scale_set, CallOptions options = {}) const;
  /// The scale set of that name and group, created if there is none. One that exists is returned as
  /// it is, with its own labels. See async::Client::get_or_create_scale_set.
  Result<ScaleSet> get_or_create_scale_set(ScaleSet wanted, CallOptions options = {}) const;
  /// Changes a scale set and returns it as it is afterwards. See async::Client::update_scale_set.
  Result<ScaleSet> update_scale_set(ScaleSetId id, ScaleSetUpdate update,
                                    CallOptions options = {}) const;
  /// Deletes a scale set with its queue and its offline runners. See
  /// async::Client::delete_scale_set.
  Result<void> delete_scale_set(ScaleSetId id, CallOptions options = {}) const;
  /// The runner group of that name. See async::Client::find_runner_group.
  Result<std::optional<RunnerGroup>> find_runner_group(std::string name,
                                                       CallOptions options = {}) const;
  /// All runner groups. See async::Client::list_runner_groups.
  Result<std::vector<RunnerGroup>> list_runner_groups(CallOptions options = {}) const;
  /// Jobs that nobody has acquired yet (GHES). See async::Client::acquirable_jobs.
  Result<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id, CallOptions options = {}) const;
  /// Registers a runner under a new name. See async::Client::generate_jit_config.
  Result<JitConfig> generate_jit_config(ScaleSetId id, std::string runner_name,
                                        std::string work_folder = "_work",
                                        CallOptions options = {}) const;
  /// The runner with that id. See async::Client::get_runner.
  Result<Runner> get_runner(RunnerId id, CallOptions options = {}) const;
  /// The runner of that name. See async::Client::find_runner.
  Result<std::optional<Runner>> find_runner(std::string name, CallOptions options = {}) const;
  /// Every runner of the tenant. See async::Client::list_runners.
  Result<std::vector<Runner>> list_runners(CallOptions options = {}) const;
  /// When a version of the runner stops working. See async::Client::find_runner_deprecation.
  Result<std::optional<RunnerDeprecation>> find_runner_deprecation(std::string version,
                                                                   CallOptions options = {}) const;
  /// Ends a runner's registration. See async::Client::remove_runner.
  Result<void> remove_runner(RunnerId id, CallOptions options = {}) const;
  /// Opens the one session a scale set can have. See async::Client::open_session.
  Result<MessageSession> open_session(ScaleSetId id, std::string owner, CallOptions options = {},
                                      SessionOptions session = {}) const;
  /// What the User-Agent says. See async::Client::system_info.
  [[nodiscard]] SystemInfo system_info() const;
  void set_system_info(SystemInfo info) const;  ///< sets it anew
  /// Ends a session of which only the id is known. See async::Client::close_session.
  Result<void> close_session(ScaleSetId id, std::string session_id, CallOptions options = {}) const;
  /// What the credentials give access to, for checking whether they work. Gets a token if there is
  /// none.
  Result<AccessInfo> access_info(CallOptions options = {}) const;
  /// See async::Client::debug_info.
  [[nodiscard]] std::string debug_info() const;

 private:
  explicit Client(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0
