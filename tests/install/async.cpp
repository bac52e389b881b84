// A consumer of `scaleset::async`: includes every header of the coroutines, uses some.
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <scaleset/async/client.hpp>
#include <scaleset/async/listener.hpp>
#include <scaleset/async/message_source.hpp>
#include <scaleset/async/scope.hpp>
#include <scaleset/async/strict_listener.hpp>
#include <scaleset/async/timer.hpp>
#include <scaleset/async/transport.hpp>
#include <scaleset/testing/fake_async_message_source.hpp>
#include <scaleset/testing/fake_transport.hpp>

int main() {
  using namespace scaleset;
  auto options = finalize({.config_url = "https://github.com/org",
                           .credentials = PersonalAccessToken{constant_secret(Secret("token"))}});
  if (!options) return 1;
  boost::asio::io_context context;
  async::VirtualTime time(context);
  async::TaskScope const tasks(context.get_executor());
  async::Client client(context.get_executor(), *options);
  std::puts(client.debug_info().c_str());
  auto const shut_down = [](async::Client* one) -> Task<void> {
    co_await one->shutdown();
    co_return Result<void>();
  };
  return testing::run_task(context, shut_down(&client)) ? 0 : 1;
}
