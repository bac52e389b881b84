// Makes one call with libscaleset, as go/differences_test.go makes it with GitHub's client, and
// prints what came of it: "ok ..." or "ERROR_CODE: text".
//
// single_call CONFIG_URL CALL

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/client.hpp"

namespace {

using namespace scaleset;

using Outcome = Result<std::string>;

constexpr ScaleSetId kScaleSet{1};  // the first one that is created
constexpr RunnerId kUnknownRunner{4711};
constexpr int kCapacity = 3;

/// Waits are as short as those of the Go side.
Result<Client> make_client(std::string url) {
  ClientOptions options;
  options.config_url = std::move(url);
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_pretend"))};
  options.retry.min_delay = std::chrono::milliseconds(10);
  options.retry.max_delay = std::chrono::milliseconds(20);
  options.transport.proxy = "";
  return Client::create(std::move(options));
}

template <class T>
Outcome said(Result<T> const& result, std::string text) {
  if (!result) return std::unexpected(result.error());
  return text;
}

Outcome get_scale_set(Client const& client) {
  auto const set = client.get_scale_set(kScaleSet);
  return said(set, set ? set->name : "");
}

Outcome get_twice(Client const& client) {
  auto const first = get_scale_set(client);
  return first ? get_scale_set(client) : first;
}

Outcome find_scale_set(Client const& client) {
  auto const found = client.find_scale_set(kDefaultRunnerGroup, "my-set");
  return said(found, found && *found ? (*found)->name : "nothing");
}

Outcome find_runner_group(Client const& client) {
  auto const found = client.find_runner_group("unknown");
  return said(found, found && *found ? (*found)->name : "nothing");
}

Outcome generate_jit_config(Client const& client) {
  auto const jit = client.generate_jit_config(kScaleSet, "runner");
  return said(jit, jit ? jit->runner.name : "");
}

Outcome open_session(Client const& client) {
  return said(client.open_session(kScaleSet, "host"), "opened");
}

Outcome with_session(Client const& client, std::function<Outcome(MessageSession&)> const& call) {
  auto session = client.open_session(kScaleSet, "host");
  if (!session) return std::unexpected(session.error());
  return call(*session);
}

Outcome poll(MessageSession& session, int capacity) {
  auto const message = session.get_message(MessageId{}, capacity);
  bool const none = !message || !message->has_value();
  return said(message, none ? "nothing" : std::to_string((*message)->jobs.size()) + " jobs");
}

Outcome acquire_nothing(MessageSession& session) {
  auto const acquired = session.acquire_jobs({});
  return said(acquired, acquired ? std::to_string(acquired->size()) + " jobs" : "");
}

Outcome close_twice(MessageSession& session) {
  if (auto closed = session.close(); !closed) return std::unexpected(closed.error());
  return said(session.close(), "closed");
}

Outcome make_call(std::string_view call, Client const& client) {
  std::map<std::string_view, std::function<Outcome()>> const calls{
      {"new_client", [] { return Outcome("made"); }},
      {"get_scale_set", [&] { return get_scale_set(client); }},
      {"get_twice", [&] { return get_twice(client); }},
      {"find_scale_set", [&] { return find_scale_set(client); }},
      {"find_runner_group", [&] { return find_runner_group(client); }},
      {"remove_runner", [&] { return said(client.remove_runner(kUnknownRunner), "removed"); }},
      {"generate_jit_config", [&] { return generate_jit_config(client); }},
      {"open_session", [&] { return open_session(client); }},
      {"close_twice", [&] { return with_session(client, close_twice); }},
      {"acquire_nothing", [&] { return with_session(client, acquire_nothing); }},
      {"poll",
       [&] { return with_session(client, [](MessageSession& s) { return poll(s, kCapacity); }); }},
      {"poll_below_zero",
       [&] { return with_session(client, [](MessageSession& s) { return poll(s, -1); }); }},
  };
  auto const found = calls.find(call);
  if (found == calls.end()) return fail(ErrorCode::invalid_argument, "there is no such call");
  return found->second();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: single_call CONFIG_URL CALL\n", stderr);
    return 2;
  }
  auto const client = make_client(arguments[1]);
  Outcome const outcome =
      client ? make_call(arguments[2], *client) : Outcome(std::unexpected(client.error()));
  std::string const text =
      outcome ? "ok " + *outcome
              : std::string(to_string(outcome.error().code)) + ": " + outcome.error().to_string();
  std::puts(text.c_str());
  return 0;
}
