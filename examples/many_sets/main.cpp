// One thread listens to many scale sets: each is a suspended coroutine.
//
//   many_sets URL TOKEN_FILE PREFIX COUNT
//
// Creates the scale sets PREFIX-1 ... PREFIX-COUNT where they are missing, waits until each has had
// a message, prints it, and ends.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <scaleset/async/client.hpp>
#include <scaleset/async/scope.hpp>
#include <string>

namespace {

using namespace scaleset;
namespace asio = boost::asio;

constexpr int kMaxRunners = 10;

// Coroutines take their parameters by value (here pointers): they outlive their caller's temporary
// objects.
Task<Message> first_message(async::MessageSession* session) {
  MessageId const from_the_start;
  for (;;) {
    auto message = co_await session->get_message(from_the_start, kMaxRunners);
    if (!message) co_return std::unexpected(message.error());
    if (!*message) continue;
    auto acknowledged = co_await session->delete_message((*message)->id);
    if (!acknowledged) co_return std::unexpected(acknowledged.error());
    co_return **message;
  }
}

Task<Message> listen_once(async::Client* client, std::string name) {
  ScaleSet wanted;
  wanted.name = name;
  auto scale_set = co_await client->get_or_create_scale_set(std::move(wanted));
  if (!scale_set) co_return std::unexpected(scale_set.error());
  auto session = co_await client->open_session(scale_set->id, "many_sets");
  if (!session) co_return std::unexpected(session.error());
  auto message = co_await first_message(session->get());
  auto closed = co_await (*session)->close();
  if (!closed) co_return std::unexpected(closed.error());
  co_return message;
}

asio::awaitable<void> report(async::Client* client, std::string name, int* failures) {
  auto message = co_await listen_once(client, name);
  if (message) {
    std::printf("%s: message %lld with %zu events\n", name.c_str(),
                static_cast<long long>(message->id.value), message->jobs.size());
  } else {
    ++*failures;
    std::fprintf(stderr, "many_sets: %s: %s\n", name.c_str(), message.error().to_string().c_str());
  }
}

asio::awaitable<void> run(async::Client* client, async::TaskScope* listeners) {
  co_await listeners->join();
  co_await client->shutdown();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: many_sets URL TOKEN_FILE PREFIX COUNT\n");
    return 2;
  }
  auto options =
      finalize({.config_url = argv[1], .credentials = PersonalAccessToken{secret_file(argv[2])}});
  if (!options) {
    std::fprintf(stderr, "many_sets: %s\n", options.error().to_string().c_str());
    return 2;
  }
  asio::io_context context(1);
  async::Client client(context.get_executor(), *options);
  async::TaskScope listeners(context.get_executor());
  int failures = 0;
  for (long number = 1; number <= std::strtol(argv[4], nullptr, 10); ++number)
    listeners.spawn(report(&client, argv[3] + ("-" + std::to_string(number)), &failures));
  asio::co_spawn(context, run(&client, &listeners), asio::detached);
  context.run();
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
