// Makes the calls that go/transcript_test.go makes with GitHub's client, in the same order, so that
// what arrives at the service can be compared. The names are chosen to need escaping.
//
// transcript_client CONFIG_URL broker|acquire [APP_KEY_FILE]; exit code 0: every call ended as it
// does in Go.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/client.hpp"

namespace {

using namespace scaleset;

constexpr RunnerId kUnknownRunner{4711};

[[noreturn]] void give_up(std::string_view step, std::string const& why) {
  std::fprintf(stderr, "%s: %s\n", std::string(step).c_str(), why.c_str());
  std::exit(1);
}

template <class T>
T must(std::string_view step, Result<T> result) {
  if (!result) give_up(step, result.error().to_string());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

void check(std::string_view step, bool holds) {
  if (!holds) give_up(step, "not what was to come");
}

Client make_client(std::string url, char const* key_file) {
  ClientOptions options;
  options.config_url = std::move(url);
  if (key_file != nullptr) {
    options.credentials = GitHubApp{"Iv1.abc", 42, secret_file(key_file)};
  } else {
    options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_pretend"))};
  }
  options.system_info = {"conformance", "1.2.3", "c0ffee", "test<&>", 7};
  options.transport.proxy = "";
  return must("client", Client::create(std::move(options)));
}

ScaleSet make_set(Client const& client) {
  check("unknown",
        !must("find unknown", client.find_scale_set(kDefaultRunnerGroup, "a+b")).has_value());
  ScaleSet wanted;
  wanted.name = "my set";
  wanted.labels = {Label("one"), Label("two<&>")};
  wanted.disable_update = true;
  auto created = must("create", client.create_scale_set(wanted));
  auto const found = must("find", client.find_scale_set(kDefaultRunnerGroup, "my set"));
  check("found", found && found->id == created.id);
  must("get", client.get_scale_set(created.id));
  ScaleSetUpdate update;
  update.labels = {Label("one")};
  must("update", client.update_scale_set(created.id, update));
  must("group", client.find_runner_group("default"));
  return created;
}

Runner make_runner(Client const& client, ScaleSetId set) {
  auto const jit = must("jit config", client.generate_jit_config(set, "runner-1", "_work"));
  must("get runner", client.get_runner(jit.runner.id));
  check("runner by name", must("find runner", client.find_runner("runner-1")).has_value());
  auto const unknown = client.get_runner(kUnknownRunner);
  check("unknown runner", !unknown && unknown.error().code == ErrorCode::runner_not_found);
  return jit.runner;
}

/// The id of the message, which is there and acknowledged.
Message next_message(MessageSession& session, MessageId last) {
  auto message = must("poll", session.get_message(last, 3));
  check("message", message.has_value());
  must("acknowledge", session.delete_message(message->id));
  return *std::move(message);
}

void use_session(Client const& client, ScaleSetId set, bool acquire) {
  auto session = must("session", client.open_session(set, "host <1>"));
  Message message = next_message(session, MessageId{});
  if (acquire) {
    auto const* offered = std::get_if<JobAvailable>(&message.jobs.front());
    check("offer", offered != nullptr);
    std::vector<RequestId> const ids{offered->job.request};
    check("acquired", must("acquire", session.acquire_jobs(ids)).size() == 1);
    message = next_message(session, message.id);
  }
  check("assigned", std::holds_alternative<JobAssigned>(message.jobs.front()));
  check("nothing more", !must("last poll", session.get_message(message.id, 0)).has_value());
  must("close", session.close());
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fputs("usage: transcript_client CONFIG_URL broker|acquire [APP_KEY_FILE]\n", stderr);
    return 2;
  }
  auto const client = make_client(arguments[1], count > 3 ? arguments[3] : nullptr);
  ScaleSet const set = make_set(client);
  Runner const runner = make_runner(client, set.id);
  use_session(client, set.id, std::string_view(arguments[2]) == "acquire");
  must("remove runner", client.remove_runner(runner.id));
  must("delete", client.delete_scale_set(set.id));
  return 0;
}
