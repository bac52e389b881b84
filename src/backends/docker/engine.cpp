#include "backends/docker/engine.hpp"

#include <algorithm>
#include <utility>

#include "base/url.hpp"
#include "base/whole_number.hpp"

namespace scaleset::backends::docker {
namespace {

using http::StreamingCall;
using namespace std::chrono_literals;

constexpr StreamingCall::Duration kAnswer = 30s;
/// Creating a container or a network can take long on a disk or a machine that is busy.
constexpr StreamingCall::Duration kSlow = 2min;
/// Of what says something when there is something to say only.
constexpr StreamingCall::Duration kForEver = std::chrono::hours(24 * 365);
constexpr std::size_t kLongest = 16U << 20U;
constexpr std::size_t kLongestLine = 1U << 20U;

constexpr int kOldestMinor = 40;
constexpr int kNewestMinor = 52;

std::string encoded(std::string_view text) { return base::encode_query(text); }

std::string container_path(std::string_view id, std::string_view what = "") {
  return "/containers/" + base::encode_path_segment(id) + std::string(what);
}

bool is_good(int status) { return status < 400 || status == 101; }

ErrorCode code_of(int status) {
  if (status == 404) return ErrorCode::not_found;
  if (status == 409) return ErrorCode::conflict;
  return ErrorCode::backend;
}

Error about(std::string const& what, Error error) {
  if (error.code != ErrorCode::cancelled) error.message = what + ": " + error.message;
  return error;
}

template <class T>
Result<T> about(std::string const& what, Result<T> result) {
  if (!result) return std::unexpected(about(what, result.error()));
  return result;
}

}  // namespace

std::optional<std::string> common_api(std::string_view newest_of_engine) {
  auto const dot = newest_of_engine.find('.');
  if (newest_of_engine.substr(0, dot) != "1" || dot == std::string_view::npos) return std::nullopt;
  auto const minor = base::whole_number<int>(newest_of_engine.substr(dot + 1));
  if (!minor || *minor < kOldestMinor) return std::nullopt;
  return "1." + std::to_string(std::min(*minor, kNewestMinor));
}

Engine::Engine(boost::asio::any_io_executor executor, http::ServerAddress address,
               http::Resolver* resolver)
    : executor_(std::move(executor)), address_(std::move(address)), resolver_(resolver) {}

// How a call is made.

Engine::Request Engine::request(std::string method, std::string_view path) const {
  return {std::move(method), prefix_ + std::string(path)};
}

/// The head of the answer has come, and is a good one.
Task<Engine::Call> Engine::begin(std::string what, Request request,
                                 StreamingCall::Duration longest) {
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  auto call =
      co_await StreamingCall::begin(executor_, address_, resolver_, std::move(request), longest);
  if (!call) co_return std::unexpected(about(what, call.error()));
  int const status = (*call)->status();
  if (is_good(status)) co_return call;
  auto body = co_await (*call)->read_rest(kLongest, kAnswer);
  Error error(code_of(status), error_text(body.value_or("")));
  error.http_status = status;
  co_return std::unexpected(about(what, std::move(error)));
}

/// For what is answered at once, by a text.
Task<std::string> Engine::ask(std::string what, Request request) {
  auto call = co_await begin(what, std::move(request), kSlow);
  if (!call) co_return std::unexpected(call.error());
  auto body = co_await (*call)->read_rest(kLongest, kAnswer);
  co_return about(what, std::move(body));
}

/// It is no error if there is none.
Task<void> Engine::remove_it(std::string what, std::string path) {
  auto done = co_await ask(std::move(what), request("DELETE", path));
  if (!done && done.error().code != ErrorCode::not_found) co_return std::unexpected(done.error());
  co_return Result<void>();
}

Task<Version> Engine::version() {
  std::string const what = "asking the engine for its version";
  auto text = co_await ask(what, Request("GET", "/version"));
  if (!text) co_return std::unexpected(text.error());
  auto version = parse_version(*text);
  if (!version) co_return about(what, std::move(version));
  auto const api = common_api(version->api);
  if (!api)
    co_return fail(ErrorCode::backend, "the engine " + version->version + " at " + address() +
                                           " speaks API " + version->api +
                                           ", and this program needs 1.40 or newer");
  prefix_ = "/v" + *api;
  co_return version;
}

// Containers.

Task<Created> Engine::create(std::string name, ContainerSpec spec) {
  std::string const what = "creating the container " + name;
  Request create = request("POST", "/containers/create?name=" + encoded(name));
  create.body = format_container(spec);
  auto text = co_await ask(what, std::move(create));
  if (!text) co_return std::unexpected(text.error());
  co_return about(what, parse_created(*text));
}

Task<Engine::Call> Engine::attach_stdin(std::string id) {
  std::string const what = "attaching to the container " + id;
  Request attach = request("POST", container_path(id, "/attach?stream=1&stdin=1"));
  attach.upgrade = "tcp";
  auto call = co_await begin(what, std::move(attach), kAnswer);
  if (call && !(*call)->is_upgraded())
    co_return fail(ErrorCode::backend, what + ": the engine does not hand over the connection");
  co_return call;
}

Task<void> Engine::start(std::string id) {
  auto done =
      co_await ask("starting the container " + id, request("POST", container_path(id, "/start")));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>();
}

Task<void> Engine::kill(std::string id, std::string signal) {
  auto done = co_await ask("sending " + signal + " to the container " + id,
                           request("POST", container_path(id, "/kill?signal=" + encoded(signal))));
  // It has ended meanwhile, or is gone.
  bool const is_over = !done && (done.error().code == ErrorCode::conflict ||
                                 done.error().code == ErrorCode::not_found);
  if (!done && !is_over) co_return std::unexpected(done.error());
  co_return Result<void>();
}

Task<void> Engine::remove(std::string id) {
  return remove_it("removing the container " + id, container_path(id, "?force=1&v=1"));
}

Task<Container> Engine::inspect(std::string id) {
  std::string const what = "looking at the container " + id;
  auto text = co_await ask(what, request("GET", container_path(id, "/json")));
  if (!text) co_return std::unexpected(text.error());
  co_return about(what, parse_container(*text));
}

Task<std::vector<Container>> Engine::list(Labels labels) {
  std::string const what = "listing the containers";
  auto text = co_await ask(
      what, request("GET", "/containers/json?all=1&filters=" + encoded(label_filter(labels))));
  if (!text) co_return std::unexpected(text.error());
  co_return about(what, parse_containers(*text));
}

Task<std::vector<std::string>> Engine::top(std::string id) {
  std::string const what = "listing the processes of the container " + id;
  auto text = co_await ask(what, request("GET", container_path(id, "/top")));
  if (!text) co_return std::unexpected(text.error());
  co_return about(what, parse_top(*text));
}

Task<Ending> Engine::wait(std::string id) {
  std::string const what = "waiting for the container " + id;
  auto call = co_await begin(what, request("POST", container_path(id, "/wait")), kForEver);
  if (!call) co_return std::unexpected(call.error());
  auto text = co_await (*call)->read_rest(kLongest, kForEver);
  if (!text) co_return std::unexpected(about(what, text.error()));
  co_return about(what, parse_wait(*text));
}

Task<Engine::Call> Engine::logs(std::string id, bool follow, int tail) {
  std::string const path = "/logs?stdout=1&stderr=1&follow=" + std::string(follow ? "1" : "0") +
                           "&tail=" + std::to_string(tail);
  return begin("reading the output of the container " + id,
               request("GET", container_path(id, path)), kAnswer);
}

Task<Engine::Call> Engine::events(Labels labels) {
  return begin("watching the engine's events",
               request("GET", "/events?filters=" + encoded(label_filter(labels))), kForEver);
}

// Images and networks.

Task<Image> Engine::image(ImageName name) {
  std::string const what = "looking at the image " + name.text();
  // None of what a name may consist of has to be encoded.
  auto text = co_await ask(what, request("GET", "/images/" + name.text() + "/json"));
  if (!text) co_return std::unexpected(text.error());
  co_return about(what, parse_image(*text));
}

Task<void> Engine::pull(ImageName name, Secret credentials,
                        std::function<void(PullStep const&)> progress) {
  std::string const what = "pulling the image " + name.text();
  Request pull = request("POST", "/images/create?fromImage=" + encoded(name.name()) +
                                     "&tag=" + encoded(name.version()));
  if (!credentials.empty()) pull.headers.emplace_back("X-Registry-Auth", credentials.reveal());
  auto call = co_await begin(what, std::move(pull), kSlow);
  if (!call) co_return std::unexpected(call.error());
  std::string lines;
  for (;;) {
    auto piece = co_await (*call)->read_some(kSlow);
    if (!piece) co_return std::unexpected(about(what, piece.error()));
    if (piece->empty()) break;
    lines += *piece;
    for (auto end = lines.find('\n'); end != std::string::npos; end = lines.find('\n')) {
      auto const step = parse_pull_step(std::string_view(lines).substr(0, end));
      lines.erase(0, end + 1);
      if (!step) co_return std::unexpected(about(what, step.error()));
      if (!step->error.empty()) co_return fail(ErrorCode::backend, what + ": " + step->error);
      if (progress) progress(*step);
    }
    if (lines.size() > kLongestLine)
      co_return fail(ErrorCode::malformed_response, what + ": the engine sends no lines");
  }
  co_return Result<void>();
}

Task<std::string> Engine::create_network(NetworkSpec spec) {
  std::string const what = "creating the network " + spec.name;
  Request create = request("POST", "/networks/create");
  create.body = format_network(spec);
  auto text = co_await ask(what, std::move(create));
  if (!text) co_return std::unexpected(text.error());
  auto created = parse_created(*text);
  if (!created) co_return std::unexpected(about(what, created.error()));
  co_return std::move(created->id);
}

Task<std::vector<Network>> Engine::networks(Labels labels) {
  std::string const what = "listing the networks";
  auto text =
      co_await ask(what, request("GET", "/networks?filters=" + encoded(label_filter(labels))));
  if (!text) co_return std::unexpected(text.error());
  co_return about(what, parse_networks(*text));
}

Task<void> Engine::remove_network(std::string id) {
  return remove_it("removing the network " + id, "/networks/" + base::encode_path_segment(id));
}

}  // namespace scaleset::backends::docker
