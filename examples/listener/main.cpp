// An autoscaler's skeleton on scaleset::Listener: sessions, acknowledgements and everything the
// service does are its business, the number of runners is ours.
//
//   listener URL TOKEN_FILE SCALE_SET_NAME [JOBS]
//
// The scale set must exist or is created. Ends when JOBS jobs have been assigned (default: never),
// on SIGINT or on SIGTERM.
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <scaleset/listener.hpp>
#include <stop_token>
#include <string>
#include <thread>

namespace {

using namespace scaleset;

constexpr int kMaxRunners = 10;

int fail(Error const& error) {
  std::fprintf(stderr, "listener: %s\n", error.to_string().c_str());
  return EXIT_FAILURE;
}

/// Where runners would be started and watched.
class PrintingScaler final : public Scaler {
 public:
  PrintingScaler(std::int64_t enough, std::stop_source stop)
      : enough_(enough), stop_(std::move(stop)) {}

  Result<void> on_job_started(JobStarted const& job) override {
    std::printf("%s runs %s\n", job.runner_name.c_str(), job.job.job_display_name.c_str());
    return {};
  }
  Result<void> on_job_completed(JobCompleted const& job) override {
    std::printf("%s: %s\n", job.job.job_display_name.c_str(), job.result.c_str());
    return {};
  }
  Result<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) override {
    auto const wanted = std::min<std::int64_t>(assigned_jobs, kMaxRunners);
    std::printf("runners wanted: %lld\n", static_cast<long long>(wanted));
    std::fflush(stdout);
    if (enough_ > 0 && assigned_jobs >= enough_) stop_.request_stop();
    return wanted;
  }

 private:
  std::int64_t enough_;
  std::stop_source stop_;
};

/// SIGINT and SIGTERM are taken by one thread, which turns them into a stop; no other thread sees
/// them.
std::stop_source stop_on_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::stop_source stop;
  std::thread([signals, stop]() mutable {
    int signal = 0;
    sigwait(&signals, &signal);
    stop.request_stop();
  }).detach();
  return stop;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: listener URL TOKEN_FILE SCALE_SET_NAME [JOBS]\n");
    return 2;
  }
  auto stop = stop_on_signals();
  auto client = Client::create(
      {.config_url = argv[1], .credentials = PersonalAccessToken{secret_file(argv[2])}});
  if (!client) return fail(client.error());
  ScaleSet wanted;
  wanted.name = argv[3];
  auto scale_set = client->get_or_create_scale_set(wanted);
  if (!scale_set) return fail(scale_set.error());

  Listener::Options options;
  options.scale_set = *scale_set;
  options.owner = "listener-example";
  options.max_runners = kMaxRunners;
  Listener listener(*client, options);
  PrintingScaler scaler(argc > 4 ? std::strtol(argv[4], nullptr, 10) : 0, stop);
  auto ended = listener.run(scaler, stop.get_token());
  return ended ? EXIT_SUCCESS : fail(ended.error());
}
