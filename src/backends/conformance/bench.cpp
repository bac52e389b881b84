#include "backends/conformance/bench.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>

namespace scaleset::backends::conformance {

using namespace std::chrono_literals;
using Kind = InstanceEvent::Kind;
using RealClock = std::chrono::steady_clock;

namespace {

/// Of real time, for what happens without virtual time.
constexpr auto kLongest = 20s;
constexpr auto kStep = 100ms;
constexpr auto kLongestVirtual = std::chrono::hours(1);
constexpr auto kShortWait = 5ms;
constexpr int kQuietTurns = 2;

base::OwnerKey key(std::string const& name) {
  return base::OwnerKey::make("https://github.com/conformance", "default", name).value();
}

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::registered: return "registered";
    case Kind::busy: return "busy";
    case Kind::idle: return "idle";
    case Kind::troubled: return "troubled";
    case Kind::exited: return "exited";
  }
  return "unknown";
}

}  // namespace

void expect(bool holds, std::string const& otherwise) {
  if (!holds) throw Broken(otherwise);
}

Bench::Bench(SubjectMaker const& maker)
    : owner(key("ours")), other(key("others")), subject_(maker(context_)) {}

Bench::~Bench() {
  try {
    clean_up();
  } catch (Broken const&) {
    backend_.release();  // NOLINT(bugprone-unused-return-value): it must not be destroyed now
  }
}

void Bench::clean_up() {
  if (!backend_) return;
  subject_->disturb(Disturbance::back);
  for (int tries = 0; tries < 100; ++tries) {
    auto const all = await(backend_->list(), "a list at the end");
    bool clean = all.has_value();
    for (Instance const& one : all.value_or(std::vector<Instance>())) {
      if (one.owner != owner) continue;
      clean = false;
      static_cast<void>(await(backend_->stop(one.runner_name, StopMode::force), "a stop"));
    }
    if (clean) break;
    time_.advance(1s);
    settle();
  }
  let_go();
}

void Bench::make_for(base::OwnerKey const& whose) {
  backend_ = subject_->make(context_, whose,
                            [this](InstanceEvent event) { events.push_back(std::move(event)); });
  expect(backend_ != nullptr, "the backend cannot be made");
  auto const prepared = await(backend_->prepare(subject_->what()), "prepare()");
  if (!prepared) throw Broken("prepare() fails: " + prepared.error().message);
}

void Bench::let_go() {
  bool done = false;
  boost::asio::co_spawn(context_, backend_->detach(), [&](std::exception_ptr) { done = true; });
  run_until([&] { return done; }, "detach() does not end");
  backend_.reset();
}

InstanceSpec Bench::spec(std::string const& name, Behaviour behaviour) const {
  InstanceSpec spec;
  spec.runner_name = name;
  spec.runner = RunnerId{17};
  spec.scale_set = ScaleSetId{5};
  spec.jit_config = Secret(std::string(to_string(behaviour)) + " " + name);
  spec.what = subject_->what();
  return spec;
}

Result<std::string> Bench::start(std::string const& name, Behaviour behaviour) {
  return await(backend_->start(spec(name, behaviour)), "the start of " + name);
}

std::string Bench::must_start(std::string const& name, Behaviour behaviour) {
  auto const started = start(name, behaviour);
  if (!started) throw Broken("the start of " + name + " fails: " + started.error().message);
  expect(!started->empty(), "the start of " + name + " gives no reference");
  return *started;
}

void Bench::stop(std::string const& name, StopMode mode) {
  auto const stopped = await(backend_->stop(name, mode), "the stop of " + name);
  if (!stopped) throw Broken("the stop of " + name + " fails: " + stopped.error().message);
}

std::vector<Instance> Bench::list() {
  auto all = await(backend_->list(), "list()");
  if (!all) throw Broken("list() fails: " + all.error().message);
  return *std::move(all);
}

Instance Bench::only() {
  std::vector<Instance> const all = list();
  expect(all.size() == 1, std::to_string(all.size()) + " instances are listed instead of one");
  return all.front();
}

void Bench::wait_until_none() {
  auto const deadline = now() + 10min;
  for (;;) {
    std::vector<Instance> const all = list();
    if (std::ranges::none_of(all, [&](Instance const& one) { return one.owner == owner; })) return;
    expect(now() < deadline, "an instance is not removed");
    time_.advance(5s);
    settle();
  }
}

void Bench::tell(std::string const& name, JobStep step) {
  run_until([&] { return subject_->tell(name, step); }, name + " does not wait for its job");
}

std::size_t Bench::count(Kind kind, std::string const& name) const {
  return static_cast<std::size_t>(std::ranges::count_if(events, [&](InstanceEvent const& event) {
    return event.kind == kind && event.runner_name == name;
  }));
}

void Bench::wait_for(Kind kind, std::string const& name, std::size_t times) {
  run_until([&] { return count(kind, name) >= times; },
            "no event says that " + name + " is " + name_of(kind));
}

std::string Bench::must_listen(std::string const& name, Behaviour behaviour) {
  std::string reference = must_start(name, behaviour);
  wait_for(Kind::registered, name);
  return reference;
}

InstanceEvent Bench::wait_for_end(std::string const& name) {
  wait_for(Kind::exited, name);
  return *std::ranges::find_if(events, [&](InstanceEvent const& event) {
    return event.kind == Kind::exited && event.runner_name == name;
  });
}

void Bench::run_until(std::function<bool()> const& condition, std::string const& otherwise) {
  auto const deadline = RealClock::now() + kLongest;
  while (!condition()) {
    expect(RealClock::now() < deadline, otherwise);
    context_.restart();
    context_.run_one_for(kShortWait);
  }
}

void Bench::pass_until(std::function<bool()> const& condition, std::string const& otherwise) {
  auto const deadline = now() + kLongestVirtual;
  auto const real_deadline = RealClock::now() + 2 * kLongest;
  while (!condition()) {
    expect(now() < deadline && RealClock::now() < real_deadline, otherwise);
    // What happens without time goes first, so that a slow machine is not taken for a hanging call.
    settle();
    auto const next = time_.next();
    auto const longest = next ? std::max<RealClock::duration>(kStep, *next - now()) : 1s;
    time_.advance(std::min<RealClock::duration>(longest, 1min));
  }
}

void Bench::settle() {
  for (int quiet = 0; quiet < kQuietTurns;) {
    context_.restart();
    quiet = context_.run_one_for(kShortWait) > 0 ? 0 : quiet + 1;
  }
}

RealClock::time_point Bench::now() const { return time_.clock()->now().steady; }

// A process that is killed.

bool Bench::start_and_be_killed(std::string const& name, int steps) {
  int pipe_ends[2] = {-1, -1};
  expect(pipe(pipe_ends) == 0, "this test cannot make a pipe");
  pid_t const child = fork();
  expect(child >= 0, "this test cannot make a process");
  if (child == 0) live_and_be_killed(name, steps, pipe_ends[1]);
  close(pipe_ends[1]);
  int status = 0;
  run_until([&] { return waitpid(child, &status, WNOHANG) == child; },
            "the process that starts " + name + " does not end");
  char ended = 'n';
  bool const said = read(pipe_ends[0], &ended, 1) == 1;
  close(pipe_ends[0]);
  expect(WIFSIGNALED(status), "the process that starts " + name + " ends by itself");
  return said;
}

void Bench::live_and_be_killed(std::string const& name, int steps, int ended) {
  // The loop of the other process is not touched: what waits there is not ours.
  boost::asio::io_context loop{1};
  auto const backend = subject_->make(loop, owner, [](InstanceEvent const&) {});
  auto const call = std::make_shared<Call<std::string>>();
  boost::asio::co_spawn(loop, keep(backend->start(spec(name, Behaviour::works)), call),
                        [call](std::exception_ptr) { call->done = true; });
  auto const deadline = RealClock::now() + kLongest;
  while (steps-- > 0 && !call->done && RealClock::now() < deadline) {
    loop.restart();
    loop.run_one_until(deadline);
  }
  bool const told = !call->done || write(ended, "e", 1) == 1;
  if (!told) _exit(1);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

}  // namespace scaleset::backends::conformance
