#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/conformance/conformance.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::backends::conformance {

/// A rule is broken; thrown by what checks it.
struct Broken {
  explicit Broken(std::string text) : how(std::move(text)) {}
  std::string how;
};
void expect(bool holds, std::string const& otherwise);

/// A call to the backend that goes on by itself. It must have ended before its bench does.
template <class T>
struct Call {
  std::optional<Result<T>> result;
  bool done = false;  // only then does the coroutine not use the signal any more
  boost::asio::cancellation_signal cancel;
};

/// What a rule works with: a loop with virtual time, a subject, and one backend of it.
class Bench {
 public:
  explicit Bench(SubjectMaker const& maker);
  Bench(Bench const&) = delete;
  Bench& operator=(Bench const&) = delete;
  /// Ends what runs.
  ~Bench();

  // Backends.
  void make() { make_for(owner); }
  void make_for(base::OwnerKey const& whose);
  /// Detaches, and destroys the backend, as at a restart of the daemon.
  void let_go();
  [[nodiscard]] Backend& backend() { return *backend_; }
  [[nodiscard]] Subject& subject() { return *subject_; }

  // Calls.
  template <class T>
  std::shared_ptr<Call<T>> begin(Task<T> task) {
    auto call = std::make_shared<Call<T>>();
    auto on_end = [call](std::exception_ptr) { call->done = true; };
    boost::asio::co_spawn(context_, keep(std::move(task), call),
                          boost::asio::bind_cancellation_slot(call->cancel.slot(), on_end));
    return call;
  }
  template <class T>
  Result<T> await(Task<T> task, std::string const& what) {
    auto const call = begin(std::move(task));
    run_until([call] { return call->done; }, what + " does not end");
    if (!call->result) throw Broken(what + " throws");
    return *call->result;
  }
  template <class T>
  static void cancel(Call<T>& call) {
    if (!call.done) call.cancel.emit(boost::asio::cancellation_type::terminal);
  }
  [[nodiscard]] InstanceSpec spec(std::string const& name, Behaviour behaviour) const;
  Result<std::string> start(std::string const& name, Behaviour behaviour = Behaviour::works);
  /// The same; the rule is broken if it fails. The result is the reference.
  std::string must_start(std::string const& name, Behaviour behaviour = Behaviour::works);
  void stop(std::string const& name, StopMode mode);
  std::vector<Instance> list();
  /// The only instance that is listed.
  Instance only();
  /// Looks again and again, while time passes, until nothing of ours is there.
  void wait_until_none();

  // Runners and what they say.
  void tell(std::string const& name, JobStep step);
  [[nodiscard]] std::size_t count(InstanceEvent::Kind kind, std::string const& name) const;
  void wait_for(InstanceEvent::Kind kind, std::string const& name, std::size_t times = 1);
  /// Starts one, and waits until it says that it listens. The result is the reference.
  std::string must_listen(std::string const& name, Behaviour behaviour = Behaviour::works);
  InstanceEvent wait_for_end(std::string const& name);

  // Time.
  void run_until(std::function<bool()> const& condition, std::string const& otherwise);
  /// The same, while time passes, up to an hour.
  void pass_until(std::function<bool()> const& condition, std::string const& otherwise);
  /// Lets happen what happens without time.
  void settle();
  [[nodiscard]] std::chrono::steady_clock::time_point now() const;

  /// Starts a runner in a process of its own that is killed after so many steps of its loop. True
  /// if the start had ended before.
  bool start_and_be_killed(std::string const& name, int steps);

  base::OwnerKey owner;
  base::OwnerKey other;
  std::vector<InstanceEvent> events;

 private:
  template <class T>
  static boost::asio::awaitable<void> keep(Task<T> task, std::shared_ptr<Call<T>> call) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    Result<T> value = co_await std::move(task);
    call->result = std::move(value);
  }
  [[noreturn]] void live_and_be_killed(std::string const& name, int steps, int ended);
  void clean_up();

  boost::asio::io_context context_{1};
  async::VirtualTime time_{context_};
  std::unique_ptr<Subject> subject_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace scaleset::backends::conformance
