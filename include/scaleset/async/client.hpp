#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scaleset/async/transport.hpp"
#include "scaleset/options.hpp"
#include "scaleset/token_trouble.hpp"
#include "scaleset/types.hpp"

namespace scaleset::inline v0::async {

/// A message session of one scale set (protocol.md 6, 10.5). Not thread-safe: use it only on the
/// thread of the client's executor. Calls may overlap: no call waits for a poll that is under way.
/// Destroying it does no network I/O: `co_await close()` first, or the service keeps the session
/// for about 90 s and refuses the next one; the log has a warning then.
class MessageSession {
 public:
  struct Impl;
  explicit MessageSession(std::unique_ptr<Impl> impl);
  MessageSession(MessageSession const&) = delete;
  MessageSession& operator=(MessageSession const&) = delete;
  ~MessageSession();

  /// Long-polls (about 50 s). No value means that no message arrived: poll again. `last` is the id
  /// of the last message seen (0 to begin at the start of the queue); `max_capacity` is the total
  /// number of runners the scale set can have now, busy ones included. An expired session token is
  /// refreshed and the call repeated once. Not retried otherwise: the listener decides. Errors:
  /// session_lost, message_queue_token_expired, invalid_argument (negative capacity), and those of
  /// every call.
  Task<std::optional<Message>> get_message(MessageId last, int max_capacity);
  /// Acknowledges: the only thing that takes a message out of the queue (protocol.md 6.2).
  Task<void> delete_message(MessageId id);
  /// GHES profile only (protocol.md E14). Returns the ids actually acquired.
  Task<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids);
  /// Gets a new queue token for the same session (protocol.md E11). Errors: session_lost.
  Task<void> refresh();
  /// Ends the session at the service. A session that the service has already forgotten counts as
  /// closed. Afterwards every call but close() fails with invalid_argument. If it fails, the
  /// session may still be open; that is the caller's to know, and no warning is logged later.
  Task<void> close();

  /// A UUID, lower case with hyphens. Changes when the session is opened anew.
  [[nodiscard]] std::string const& id() const noexcept;
  /// The owner of the session, as the service confirmed it. Others see it in their
  /// session_conflict.
  [[nodiscard]] std::string const& owner() const noexcept;
  /// The statistics that came when the session was opened or last refreshed. Jobs that were queued
  /// before the session are visible only here. No value if the service sent none.
  [[nodiscard]] std::optional<Statistics> const& statistics() const noexcept;
  /// How often the service lost the session and it was opened anew (SessionOptions::recreate).
  [[nodiscard]] std::int64_t times_recreated() const noexcept;

 private:
  std::unique_ptr<Impl> impl_;
};

/// The Runner Scale Set API as coroutines. Not thread-safe: use it only on the thread that runs its
/// executor. Calls run side by side over shared connections. The client must outlive its calls and
/// sessions. Every call is retried as the operation allows (protocol.md 4.5, W-8) within
/// RetryOptions; a 401 of the Actions service is answered with one fresh token and one repetition
/// (W-21). `find_...` looks for a name and returns no value if there is none; `get_...` looks for
/// an id and returns an error if there is none.
class Client {
 public:
  struct Impl;
  /// If `transport` is null, the client connects with libcurl, on `executor`. Throws
  /// std::system_error if the system has no descriptors left for that.
  Client(boost::asio::any_io_executor executor,
         std::shared_ptr<FinalizedClientOptions const> options,
         std::shared_ptr<HttpTransport> transport = nullptr);
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;
  ~Client();

  /// Finds a scale set by its name (protocol.md E4). No value if the group has none of that name.
  /// Errors: ambiguous_result.
  Task<std::optional<ScaleSet>> find_scale_set(RunnerGroupId group, std::string name);
  /// Returns the scale set with that id (protocol.md E5). Errors: scale_set_not_found.
  Task<ScaleSet> get_scale_set(ScaleSetId id);
  /// Lists all scale sets of one group, or of the whole tenant (protocol.md E4 without a name).
  Task<std::vector<ScaleSet>> list_scale_sets(std::optional<RunnerGroupId> group = {});
  /// Creates a scale set and returns it with its id (protocol.md E6). Errors: scale_set_exists;
  /// invalid_argument (neither name nor label).
  Task<ScaleSet> create_scale_set(ScaleSet scale_set);
  /// The scale set of the name and group of `wanted`; created as `wanted` says if there is none
  /// (protocol.md E4, E6). Also if somebody else creates it at the same time. One that exists is
  /// returned as it is: its labels and settings may differ from `wanted`; update_scale_set changes
  /// them. Errors: ambiguous_result; invalid_argument (no name).
  Task<ScaleSet> get_or_create_scale_set(ScaleSet wanted);
  /// Changes what has a value in `update` and nothing else (protocol.md E7). Errors:
  /// scale_set_not_found, scale_set_exists (the new name is taken), invalid_argument (an empty
  /// name, no labels).
  Task<ScaleSet> update_scale_set(ScaleSetId id, ScaleSetUpdate update);
  /// Deletes a scale set with its queue and its offline runners (protocol.md E8). Errors:
  /// scale_set_not_found.
  Task<void> delete_scale_set(ScaleSetId id);
  /// Finds a runner group by its name (protocol.md E9). No value if there is none of that name.
  /// Errors: ambiguous_result.
  Task<std::optional<RunnerGroup>> find_runner_group(std::string name);
  /// Lists all runner groups (protocol.md E9 without a name).
  Task<std::vector<RunnerGroup>> list_runner_groups();
  /// Lists the jobs that wait for somebody to acquire them (protocol.md E18). Empty on github.com,
  /// which assigns jobs itself.
  Task<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id);
  /// Registers a runner under a new name and returns what it starts with (protocol.md E13). Never
  /// repeated once bytes were sent: after any failure use a new name (field problem A6). Errors:
  /// runner_exists.
  Task<JitConfig> generate_jit_config(ScaleSetId id, std::string runner_name,
                                      std::string work_folder = "_work");
  /// Returns the runner with that id (protocol.md E15). Errors: runner_not_found.
  Task<Runner> get_runner(RunnerId id);
  /// Finds a runner by its name in the whole tenant (protocol.md E15). No value if there is none of
  /// that name. Errors: ambiguous_result.
  Task<std::optional<Runner>> find_runner(std::string name);
  /// Lists every runner of the tenant (protocol.md E15 without a name).
  Task<std::vector<Runner>> list_runners();
  /// Asks when a version of the runner software, such as "2.336.0", stops working (protocol.md
  /// D.2). No value: GitHub does not know the version, or, as a GitHub Enterprise Server, not the
  /// question. Asked with the credentials' own token, which for a GitHub App is made anew for each
  /// call (protocol.md E1). Errors: unauthorized, forbidden, and those of the credentials.
  Task<std::optional<RunnerDeprecation>> find_runner_deprecation(std::string version);
  /// Ends a runner's registration (protocol.md E15). Succeeds for a runner that is already gone.
  /// Errors: job_still_running.
  Task<void> remove_runner(RunnerId id);
  /// What the User-Agent says (protocol.md 4.2): as in ClientOptions, until it is set anew. A new
  /// one counts for every later call, also of sessions that have no SessionOptions::system_info.
  [[nodiscard]] SystemInfo const& system_info() const noexcept;
  void set_system_info(SystemInfo info);  ///< sets it anew
  /// Opens the one session that a scale set can have (protocol.md E10). Errors: session_conflict
  /// (the text names the other session's owner), scale_set_not_found.
  Task<std::unique_ptr<MessageSession>> open_session(ScaleSetId id, std::string owner,
                                                     SessionOptions options = {});
  /// Ends a session of which only the id is known, such as one that a killed process left behind. A
  /// session that the service has already forgotten counts as closed.
  Task<void> close_session(ScaleSetId id, std::string session_id);

  /// For a program that knows that its credentials or certificates have changed. Gets a new admin
  /// token now, without the wait that follows a refusal; the old one is used until it is there. New
  /// connections, except those of sessions with a transport of their own, trust what
  /// `ca_bundle_file` holds now; the client certificate is read for each connection anyway. Calls
  /// and polls under way go on. Clients that share the token share the new one. Blocks while files
  /// are read. Errors: invalid_options, if a certificate file cannot be used: then new connections
  /// trust what they trusted before.
  Result<void> reload();

  /// Why the last attempt to get an admin token failed, which is known while calls still work with
  /// an earlier one: after reload(), and after a renewal, which a call begins. No value: it worked.
  [[nodiscard]] std::optional<TokenTrouble> token_trouble() const;

  /// What the credentials give access to. Gets a token if there is none.
  Task<AccessInfo> access_info();
  /// A JSON object for a support request: versions, User-Agent, config URL, kind of credentials,
  /// proxy, certificates, timeouts, requests and retries so far, age of the admin token. No secret
  /// and no user name of a proxy is in it.
  [[nodiscard]] std::string debug_info() const;

  /// Waits for background work (a token refresh) to end. Await it before destruction; no calls may
  /// be under way.
  boost::asio::awaitable<void> shutdown();

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0::async
