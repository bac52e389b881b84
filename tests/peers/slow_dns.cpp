#include "slow_dns.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>
#include <string_view>

namespace scaleset::peers {
namespace {

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  bool answers = true;
  int held = 0;
};

State& state() {
  static State one;
  return one;
}

void wait_for_answer() {
  State& dns = state();
  std::unique_lock lock(dns.mutex);
  ++dns.held;
  dns.changed.wait(lock, [&dns] { return dns.answers; });
  --dns.held;
  dns.changed.notify_all();
}

}  // namespace

SlowDns::SlowDns() {
  std::lock_guard const lock(state().mutex);
  state().answers = false;
}

SlowDns::~SlowDns() {
  answer();
  std::unique_lock lock(state().mutex);
  state().changed.wait(lock, [] { return state().held == 0; });
}

void SlowDns::answer() {
  std::lock_guard const lock(state().mutex);
  state().answers = true;
  state().changed.notify_all();
}

int SlowDns::held() {
  std::lock_guard const lock(state().mutex);
  return state().held;
}

}  // namespace scaleset::peers

extern "C" int getaddrinfo(char const* name, char const* service, addrinfo const* hints,
                           addrinfo** result) {
  using Function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
  static auto const original = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  std::string_view const wanted = name == nullptr ? "" : name;
  if (wanted == "nowhere.test") return EAI_NONAME;
  if (wanted == "slow.test") {
    scaleset::peers::wait_for_answer();
    name = "127.0.0.1";
  }
  return original(name, service, hints, result);
}
