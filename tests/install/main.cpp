// The program that every consumer builds. It uses both the blocking and the coroutine API.
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <scaleset/async/client.hpp>
#include <scaleset/client.hpp>
#include <scaleset/version.hpp>

int main() {
  using namespace scaleset;
  auto reader = constant_secret(Secret("token"));
  auto refused =
      Client::create({.config_url = "github.com/org", .credentials = PersonalAccessToken{reader}});
  auto client = Client::create(
      {.config_url = "https://github.com/org", .credentials = PersonalAccessToken{reader}});
  auto options = finalize(
      {.config_url = "https://github.com/org", .credentials = PersonalAccessToken{reader}});
  if (refused || !client || !options) return 1;
  boost::asio::io_context context;
  async::Client const coroutines(context.get_executor(), *options);
  std::printf("scaleset %.*s: %s\n", static_cast<int>(kVersion.size()), kVersion.data(),
              refused.error().to_string().c_str());
}
