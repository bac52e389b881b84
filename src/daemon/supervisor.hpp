#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "backends/process/process_backend.hpp"
#include "base/condition.hpp"
#include "base/log.hpp"
#include "daemon/run_config.hpp"
#include "daemon/runner_book.hpp"
#include "fleet/fleet.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/async/listener.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::daemon {

/// The options of the process backend for a scale set.
[[nodiscard]] backends::ProcessOptions process_options(RunConfig const& config,
                                                       base::OwnerKey const& owner);

/// Runs one scale set: tells the fleet what happens and does what it wants done. All decisions are
/// the fleet's and the listener's; this is the switch between them, the service and the backend.
/// One thread: the executor's. The client and the configuration must outlive it.
class Supervisor final : public async::ListenerHandler {
 public:
  Supervisor(boost::asio::any_io_executor executor, RunConfig const& config, async::Client& client,
             Hooks hooks);

  /// Locks the scale set on this machine, opens its journal and the backend, then finds or creates
  /// it (nothing is created at the service that could not be served), then serves it until drain()
  /// or detach(), and returns when no runner is left or after detach(). Returns an error if it
  /// cannot start until a person has mended something; a service that does not answer is waited
  /// for. Once it runs, no failure of the service ends it. Terminal cancellation ends it while it
  /// starts; later use those two.
  Task<void> run();
  /// Closes the session, removes idle runners and waits for busy ones.
  void drain(std::string const& why);
  /// Closes the session and waits for no runner. They keep running, and the next start adopts them.
  void detach(std::string const& why);
  /// Logs which runners a drain still waits for.
  void report_waiting() const;
  [[nodiscard]] bool serving() const noexcept { return listener_ != nullptr; }

  // async::ListenerHandler
  Task<void> apply(Message message) override;
  Task<void> quarantine(Message message) override;
  int capacity() override { return fleet_.capacity(); }
  Task<ScaleSetId> replace_scale_set() override;

 private:
  Task<void> serve();
  Task<void> prepare();
  Result<void> open_journal();
  Result<void> import_old_journal();
  Result<void> open_backend();
  Task<ScaleSet> find_or_create();
  Task<RunnerGroupId> find_group();
  Task<void> recover();
  boost::asio::awaitable<void> wait_until_drained();

  void on_instance_event(backends::InstanceEvent event);
  void feed(fleet::Event const& event);
  void execute(fleet::RequestJit const& action);
  void execute(fleet::StartInstance const& action);
  void execute(fleet::RemoveRegistration const& action);
  void execute(fleet::StopInstance const& action);
  void execute(fleet::ForgetRunner const& action);
  void execute(fleet::Notice const& action);
  boost::asio::awaitable<void> refuse_jit(std::string name, Error error);
  boost::asio::awaitable<void> request_jit(std::string name);
  boost::asio::awaitable<void> start_instance(std::string name, Secret jit_config);
  boost::asio::awaitable<void> remove_registration(std::string name, std::optional<RunnerId> id);
  boost::asio::awaitable<void> stop_instance(std::string name, fleet::StopMode mode);
  boost::asio::awaitable<void> keep_time();
  void tell(JobMessage const& job);

  RunConfig const& config_;
  async::Client& client_;
  Hooks hooks_;
  base::Logger log_;
  fleet::Fleet fleet_;
  base::OwnerKey owner_;
  std::optional<base::FileLock> lock_;
  std::optional<store::Journal> journal_;
  std::optional<RunnerBook> book_;
  async::TaskScope tasks_;
  boost::asio::any_io_executor executor_;
  base::Condition
      changed_;  // the fleet has changed: its deadline, or what wait_until_drained() waits for
  std::unique_ptr<backends::Backend> backend_;
  std::unique_ptr<async::Listener> listener_;
  std::map<std::string, Secret> jit_configs_;  // received, not yet handed to the backend
  ScaleSet scale_set_;
  std::optional<std::string> previous_session_;
  bool detached_ = false;
  bool ended_ = false;
};

}  // namespace scaleset::daemon
