#include "runner_program.hpp"

#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::simulation {
namespace {

namespace asio = boost::asio;
using backends::ExitCause;
using backends::PretendInstance;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A poll that is held, and ends with its scope.
class HeldPoll {
 public:
  HeldPoll(simulator::LiveModel& live, simulator::PollTicket poll)
      : ticket(std::move(poll)), live_(live) {}
  HeldPoll(HeldPoll const&) = delete;
  HeldPoll& operator=(HeldPoll const&) = delete;
  ~HeldPoll() { live_.model.end_runner_poll(live_.now(), ticket); }
  simulator::PollTicket ticket;

 private:
  simulator::LiveModel& live_;
};

/// The organization at the service whose runner it is.
std::string tenant_of(PretendInstance const& instance) {
  auto const& url = instance.owner().url;
  return url.substr(url.rfind('/') + 1);
}

}  // namespace

asio::awaitable<void> RunnerProgram::run(PretendInstance* instance) {
  std::string const tenant = tenant_of(*instance);
  bool const dies = random_.happens(troubles.dies_at_boot);
  auto const boot = random_.between(seconds(1), seconds(40));
  bool const booted = co_await async::sleep_for(boot);
  if (!booted) co_return;
  if (dies) co_return instance->exit(1, ExitCause::exited);
  RunnerId const id = instance->spec().runner;
  auto session =
      front_.live.model.open_runner_session(front_.live.now(), tenant, id, "", "2.336.0");
  commit();
  // The registration is gone.
  if (!session) co_return instance->exit(1, ExitCause::removed);
  if (on_registration) on_registration(instance->name());
  instance->registered();
  co_await serve(instance, id, *std::move(session));
}

/// Until somebody ends it.
asio::awaitable<void> RunnerProgram::be_deaf() {
  bool slept = true;
  while (slept) {
    slept = co_await async::sleep_for(std::chrono::hours(1));
  }
}

asio::awaitable<void> RunnerProgram::serve(PretendInstance* instance, RunnerId id,
                                           std::string session) {
  auto& live = front_.live;
  std::string const tenant = tenant_of(*instance);
  bool const deaf = random_.happens(troubles.turns_deaf);
  auto const lifetime = random_.between(seconds(5), minutes(20));
  bool const ends = random_.happens(troubles.ends_while_idle);
  Timestamp const end_at = live.now() + lifetime;
  if (deaf) {
    static_cast<void>(live.model.close_runner_session(live.now(), tenant, id));
    commit();
    co_await be_deaf();
    co_return;
  }
  for (;;) {
    if (ends && live.now() >= end_at) co_return;
    auto poll = live.model.begin_runner_poll(live.now(), tenant, id, session);
    commit();
    // It was removed at the service while it was idle; the official runner ends with 0 then.
    if (!poll) co_return;
    std::string job;
    {
      HeldPoll held(live, *std::move(poll));
      auto const found = live.model.take_runner_message(held.ticket);
      if (!found) co_return;
      if (*found && (*found)->kind == simulator::RunnerMessage::Kind::job_request)
        job = (*found)->job_id;
      if (!*found) {
        auto const end = co_await live.waiters.wait(held.ticket.channel, live.now() + seconds(50));
        if (end == simulator::WaitEnd::cancelled) {
          static_cast<void>(live.model.close_runner_session(live.now(), tenant, id));
          co_return;
        }
      }
    }
    commit();
    if (job.empty()) continue;
    auto const acquired = live.model.acquire_job(live.now(), tenant, id, job);
    commit();
    if (!acquired) continue;  // it went to another runner
    co_await do_job(instance, id, job);
    co_return;
  }
}

asio::awaitable<void> RunnerProgram::do_job(PretendInstance* instance, RunnerId id,
                                            std::string job_id) {
  auto& live = front_.live;
  std::string const tenant = tenant_of(*instance);
  instance->busy();
  bool const dies = random_.happens(troubles.dies_in_job);
  auto left = std::max(random_.between(seconds(5), minutes(6)), planned_time(tenant, job_id));
  while (left.count() > 0) {
    auto const pause = std::min<milliseconds>(left, seconds(60));
    left -= pause;
    bool const slept = co_await async::sleep_for(pause);
    if (!slept) co_return;
    if (dies) {
      if (on_death) on_death(job_id);
      co_return instance->end(ExitCause::signalled, std::nullopt, "killed by signal 9 (SIGKILL)");
    }
    static_cast<void>(live.model.renew_job(live.now(), tenant, id, job_id));
    commit();
  }
  complete(tenant, id, job_id, "succeeded");
  instance->idle();
  static_cast<void>(live.model.close_runner_session(live.now(), tenant, id));
  commit();
  auto const pause = random_.between(milliseconds(100), seconds(3));
  bool const slept = co_await async::sleep_for(pause);
  static_cast<void>(slept);
  co_return;
}

milliseconds RunnerProgram::planned_time(std::string const& tenant,
                                         std::string const& job_id) const {
  auto const* const found = front_.live.model.find_tenant(tenant);
  if (found == nullptr) return milliseconds(0);
  for (auto const& [request, job] : found->jobs) {
    if (job.facts.job_id == job_id) return job.plan.duration;
  }
  return milliseconds(0);
}

void RunnerProgram::complete(std::string const& tenant, RunnerId id, std::string const& job_id,
                             std::string result) {
  static_cast<void>(
      front_.live.model.complete_job(front_.live.now(), tenant, id, job_id, std::move(result)));
  commit();
}

void RunnerProgram::commit() { static_cast<void>(front_.live.commit_changes()); }

}  // namespace scaleset::simulation
