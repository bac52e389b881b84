// A consumer of `scaleset::scaleset`: includes every header of the blocking API, uses some. No
// header of Boost may be reached from here (run.py looks).
#include <cstdio>
#include <scaleset/client.hpp>
#include <scaleset/error.hpp>
#include <scaleset/hooks.hpp>
#include <scaleset/http.hpp>
#include <scaleset/listener.hpp>
#include <scaleset/message_source.hpp>
#include <scaleset/options.hpp>
#include <scaleset/secret.hpp>
#include <scaleset/strict_listener.hpp>
#include <scaleset/testing/fake_clock.hpp>
#include <scaleset/testing/fake_message_source.hpp>
#include <scaleset/testing/recording_hooks.hpp>
#include <scaleset/testing/recording_scaler.hpp>
#include <scaleset/types.hpp>
#include <scaleset/version.hpp>
#include <type_traits>

// The mark of the version is in every name that the linker sees (ADR 34).
static_assert(std::is_same_v<scaleset::Client, scaleset::v0::Client>);

int main() {
  using namespace scaleset;
  auto reader = constant_secret(Secret("token"));
  auto refused =
      Client::create({.config_url = "github.com/org", .credentials = PersonalAccessToken{reader}});
  auto client = Client::create(
      {.config_url = "https://github.com/org", .credentials = PersonalAccessToken{reader}});
  if (refused || !client) return 1;
  std::printf("scaleset %.*s: %s\n", static_cast<int>(kVersion.size()), kVersion.data(),
              refused.error().to_string().c_str());
}
