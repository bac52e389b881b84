// The smallest autoscaler: polls one scale set's queue and prints how many runners it should have.
//
//   poll_loop URL TOKEN_FILE SCALE_SET_NAME [MESSAGES]
//
// Creates the scale set if there is none. Ends after MESSAGES messages (default: never), on SIGINT
// or on SIGTERM.
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <scaleset/client.hpp>
#include <stop_token>
#include <string>
#include <thread>

namespace {

using namespace scaleset;

constexpr int kMaxRunners = 10;

int fail(Error const& error) {
  std::fprintf(stderr, "poll_loop: %s\n", error.to_string().c_str());
  return EXIT_FAILURE;
}

/// Polls until told to stop. At least once: a message is acknowledged after it was dealt with, so
/// one that was interrupted comes again.
Result<void> poll(MessageSession& session, long messages, std::stop_token stop) {
  for (MessageId last{}; messages != 0;) {
    auto message = session.get_message(last, kMaxRunners, stop);
    if (!message) {
      if (message.error().code == ErrorCode::cancelled) return {};
      return std::unexpected(message.error());
    }
    if (!*message) continue;  // nothing for about 50 s
    last = (*message)->id;
    if (auto const& statistics = (*message)->statistics)
      std::printf("runners wanted: %lld\n", static_cast<long long>(statistics->assigned_jobs));
    std::fflush(stdout);
    if (auto acknowledged = session.delete_message(last); !acknowledged) return acknowledged;
    if (messages > 0) --messages;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: poll_loop URL TOKEN_FILE SCALE_SET_NAME [MESSAGES]\n");
    return 2;
  }
  // The signals are taken by one thread, which turns them into a stop_token; no other thread sees
  // them.
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

  auto client = Client::create(
      {.config_url = argv[1], .credentials = PersonalAccessToken{secret_file(argv[2])}});
  if (!client) return fail(client.error());
  ScaleSet wanted;
  wanted.name = argv[3];
  auto scale_set = client->get_or_create_scale_set(wanted);
  if (!scale_set) return fail(scale_set.error());
  auto session = client->open_session(scale_set->id, "poll_loop", stop.get_token());
  if (!session) return fail(session.error());
  auto polled = poll(*session, argc > 4 ? std::strtol(argv[4], nullptr, 10) : -1, stop.get_token());
  // Closed whatever happened: an abandoned session keeps the next one out for about 90 s.
  auto closed = session->close();
  if (!polled) return fail(polled.error());
  return closed ? EXIT_SUCCESS : fail(closed.error());
}
