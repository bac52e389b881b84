// Measures libscaleset against a running bench_server and prints one JSON line.
//
//   bench_client jit URL CALLS          all calls at once by one client: milliseconds
//   bench_client message URL ROUNDS     get and decode a message of 50 jobs: microseconds, median
//   bench_client held URL SESSIONS SECONDS [CA_FILE]
//                                       resident memory a held session; processor time over SECONDS
//                                       while they are held (0: not measured)
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <scaleset/async/client.hpp>
#include <scaleset/async/scope.hpp>
#include <string>
#include <vector>

#include "scaleset/async/timer.hpp"

namespace {

namespace asio = boost::asio;
using namespace scaleset;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// What /proc/self/status says of this process now: "VmRSS:" is all resident memory, "RssAnon:"
/// what is private to it.
long kib_of(std::string const& kind) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long kib = 0;
    if (word == kind && status >> kib) return kib;
  }
  return 0;
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

[[noreturn]] void fail_with(Error const& error) {
  std::fprintf(stderr, "bench_client: %s\n", error.to_string().c_str());
  std::exit(1);
}

struct Bench {
  asio::io_context context{1};
  std::unique_ptr<async::Client> client;
  std::unique_ptr<async::TaskScope> tasks;
  std::size_t ready = 0;
};

constexpr ScaleSetId kScaleSet{5};

/// The token chain is not what is measured.
asio::awaitable<void> mint(Bench* bench) {
  auto scale_set = co_await bench->client->get_scale_set(kScaleSet);
  if (!scale_set) fail_with(scale_set.error());
}

asio::awaitable<void> pause(std::chrono::milliseconds time) { co_await async::sleep_for(time); }

asio::awaitable<void> jit_once(Bench* bench, std::string name) {
  auto config = co_await bench->client->generate_jit_config(kScaleSet, name);
  if (!config) fail_with(config.error());
}

asio::awaitable<void> jit(Bench* bench, int calls) {
  co_await mint(bench);
  auto const begin = Clock::now();
  for (int call = 0; call < calls; ++call)
    bench->tasks->spawn(jit_once(bench, "runner-" + std::to_string(call)));
  co_await bench->tasks->join();
  std::printf(
      "{\"figure\":\"jit\",\"client\":\"libscaleset\",\"calls\":%d,\"milliseconds\":%.1f}\n", calls,
      milliseconds_since(begin));
  co_await bench->client->shutdown();
}

asio::awaitable<void> message(Bench* bench, int rounds) {
  auto session = co_await bench->client->open_session(kScaleSet, "bench");
  if (!session) fail_with(session.error());
  std::vector<double> times;
  MessageId const from_the_start;
  for (int round = 0; round < rounds; ++round) {
    auto const begin = Clock::now();
    auto got = co_await (*session)->get_message(from_the_start, 10);
    times.push_back(milliseconds_since(begin) * 1000);
    if (!got) fail_with(got.error());
    if (!*got || (*got)->jobs.size() != 50) std::exit(1);
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  std::printf(
      "{\"figure\":\"message\",\"client\":\"libscaleset\",\"rounds\":%d,\"microseconds\":%.0f}\n",
      rounds, times[static_cast<std::size_t>(rounds) / 2]);
  session->reset();
  co_await bench->client->shutdown();
}

asio::awaitable<std::unique_ptr<async::MessageSession>> open(Bench* bench, ScaleSetId id) {
  auto session = co_await bench->client->open_session(id, "bench");
  if (!session) fail_with(session.error());
  ++bench->ready;
  co_return *std::move(session);
}

/// One session: opened, then polled for ever.
asio::awaitable<void> hold(Bench* bench, ScaleSetId id) {
  auto const session = co_await open(bench, id);
  MessageId const from_the_start;
  for (;;) {
    auto got = co_await session->get_message(from_the_start, 0);  // 0: it is held
    if (!got && got.error().code == ErrorCode::cancelled) co_return;
    if (!got) fail_with(got.error());
  }
}

constexpr std::chrono::milliseconds kBetweenTens{2};  // listeners do not start all at once
constexpr std::chrono::milliseconds kSettle{100};
constexpr std::chrono::milliseconds kPollsArrive{3000};

asio::awaitable<void> held(Bench* bench, int sessions, int seconds) {
  co_await mint(bench);
  long const before = kib_of("VmRSS:");
  for (int number = 0; number < sessions; ++number) {
    bench->tasks->spawn(hold(bench, ScaleSetId{1000 + number}));
    if (number % 10 != 9) continue;
    co_await pause(kBetweenTens);
  }
  while (bench->ready < static_cast<std::size_t>(sessions)) {
    co_await pause(kSettle);
  }
  co_await pause(kPollsArrive);
  long const after = kib_of("VmRSS:");
  long const anonymous = kib_of("RssAnon:");
  auto const processor = processor_seconds();
  std::chrono::seconds const idle(seconds);
  co_await pause(idle);
  double const used = seconds == 0 ? 0 : (processor_seconds() - processor) / seconds * 100;
  std::printf(
      "{\"figure\":\"held\",\"client\":\"libscaleset\",\"sessions\":%d,\"resident_kib\":%ld,"
      "\"anonymous_kib\":%ld,\"kib_per_session\":%.1f,\"idle_seconds\":%d,"
      "\"percent_of_a_core\":%.2f}\n",
      sessions, after, anonymous, static_cast<double>(after - before) / sessions, seconds, used);
  std::fflush(stdout);
  std::_Exit(0);  // 10,000 goodbyes are no part of this
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) return 2;
  ClientOptions options{.config_url = arguments[1] + "/my-org",
                        .credentials = PersonalAccessToken{constant_secret(Secret("token"))}};
  if (arguments.size() > 4) options.transport.ca_bundle_file = arguments[4];
  auto finalized = finalize(std::move(options));
  if (!finalized) fail_with(finalized.error());
  Bench bench;
  bench.client = std::make_unique<async::Client>(bench.context.get_executor(), *finalized);
  bench.tasks = std::make_unique<async::TaskScope>(bench.context.get_executor());
  int const count = std::stoi(arguments[2]);
  int const seconds = arguments.size() > 3 ? std::stoi(arguments[3]) : 0;
  if (arguments[0] == "jit") asio::co_spawn(bench.context, jit(&bench, count), asio::detached);
  if (arguments[0] == "message")
    asio::co_spawn(bench.context, message(&bench, count), asio::detached);
  if (arguments[0] == "held")
    asio::co_spawn(bench.context, held(&bench, count, seconds), asio::detached);
  bench.context.run();
  bench.tasks.reset();
  bench.client.reset();
}
