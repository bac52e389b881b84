#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <set>

#include "simulator/front/routing.hpp"
#include "simulator/front/testing/running_simulator.hpp"
#include "simulator/front/testing/small_front.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using http::ServerResponse;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

bool is_queues(std::string_view operation) {
  return operation == "get_message" || operation == "delete_message" || operation == "acquire_jobs";
}

/// The operations that read a JSON body.
std::set<std::string_view> const kReaders{
    "admin_connection",        "create_scale_set",      "update_scale_set",
    "create_session",          "generate_jit_config",   "acquire_jobs",
    "rest_jit_config",         "dispatch_workflow",     "runner_create_session",
    "runner_acquire_job",      "runner_renew_job",      "runner_complete_job",
    "control_queue_jobs",      "control_add_fault",     "control_set_latency",
    "control_set_rate_limit",  "control_advance_clock", "control_change_runner_releases",
    "results_receiver",        "results_update_steps",  "resolve_actions",
    "runner_v1_create_session"};

/// The operations that want the job's token instead of the runner's.
std::set<std::string_view> const kJobs{"runner_renew_job", "runner_complete_job",
                                       "results_receiver", "results_update_steps",
                                       "resolve_actions"};

constexpr std::string_view kReceiver =
    "twirp/results.services.receiver.Receiver/GetJobLogsSignedBlobURL";

/// Every route, on the profile that has it, in a world where something is there to be hurt.
class BadInput : public SmallFront, public ::testing::TestWithParam<ServedRoute> {
 protected:
  BadInput() : SmallFront(profile()) { prepare(); }
  static Profile profile() {
    bool const is_acquires = GetParam().path.ends_with("/messagequeue") ||
                             GetParam().path.contains("/messagequeue/") ||
                             GetParam().operation.name == "acquire_jobs";
    return is_acquires ? Profile::acquire : Profile::broker;
  }
  static std::string_view operation() { return GetParam().operation.name; }
  static bool is_in(Area area) { return GetParam().operation.area == area; }

  /// The route's path with `id` as its last variable segment, and with existing things as the
  /// others.
  std::string target(std::string const& id) const {
    std::string path = GetParam().path;
    if (profile() == Profile::acquire && path.starts_with("/rest/"))
      path = service_path + path.substr(5);
    if (path.starts_with("/_services/pipelines/{}")) {
      path = "/_services/pipelines/" + front.live.model.find_tenant("my-org")->service_id +
             path.substr(std::string_view("/_services/pipelines/{}").size());
    }
    if (operation() == "results_receiver" && id == "1") return "/" + std::string(kReceiver);
    std::size_t const last = path.rfind("{}");
    for (std::size_t place = path.find("{}"); place != std::string::npos; place = path.find("{}"))
      path.replace(place, 2,
                   place == last                            ? id
                   : place < 8 && !path.starts_with("/run") ? "my-org"
                                                            : "1");
    return path;
  }
  std::string credential() const {
    if (is_in(Area::control) || operation() == "runner_token") return "";
    if (operation() == "admin_connection") return "RemoteAuth " + values.at("registrationToken");
    if (operation() == "installation_token") return "";
    if (is_in(Area::rest)) return "Bearer PAT";
    if (is_queues(operation())) return "Bearer " + values.at("queueToken");
    if (kJobs.contains(operation())) return "Bearer " + values.at("jobToken");
    return "Bearer " + values.at(is_in(Area::runner) ? "runnerToken" : "adminToken");
  }
  ServerResponse send(std::string const& authorization, std::string body = "",
                      std::string const& id = "1") {
    return call(GetParam().method, target(id), authorization, std::move(body));
  }
  static int status_without_credential() {
    if (operation() == "connection_data") return 200;
    return operation() == "runner_token" ? 400 : 401;
  }
  static void expect_a_reason(ServerResponse const& response, std::string_view what) {
    EXPECT_FALSE(response.drop_connection) << what;
    EXPECT_LT(response.status, 500) << what << ": " << response.body;
    if (response.status >= 400) {
      EXPECT_GT(response.body.size(), 10U) << what << " is refused without a reason";
    }
  }
  /// The simulator still works as before.
  void expect_unharmed() { EXPECT_EQ(poll().status, 200); }
};

TEST_P(BadInput, NoCredential) {
  ServerResponse const response = send("");
  expect_a_reason(response, "no credential");
  if (is_in(Area::control)) return;
  EXPECT_EQ(response.status, status_without_credential()) << response.body;
  if (is_in(Area::runner) && response.status == 401) {
    EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
  }
  expect_unharmed();
}

TEST_P(BadInput, CredentialsOfOthers) {
  if (is_in(Area::control) || (is_in(Area::rest) && operation() != "admin_connection")) return;
  std::string const queue = "Bearer " + values["queueToken"];
  std::string const admin_of_here = "Bearer " + values["adminToken"];
  std::string const wrong_kind = is_queues(operation()) ? admin_of_here : queue;
  for (std::string const& other :
       {wrong_kind, std::string("Bearer nonsense"), std::string("Bearer a.b.c"),
        std::string("Bearer "), std::string("Basic x"), "Bearer " + std::string(50000, 'x')}) {
    ServerResponse const response = send(other);
    EXPECT_EQ(response.status, status_without_credential()) << other.substr(0, 40);
    expect_a_reason(response, other.substr(0, 40));
  }
  SmallFront::Values const mine = values;
  std::string const place = service_path;
  std::string const foreign = "Bearer " + connect("other-org");
  service_path = place;
  ServerResponse const response = send(foreign);
  expect_a_reason(response, "another tenant's token");
  EXPECT_THAT(response.body, Not(HasSubstr(mine.at("sessionId"))));
  EXPECT_THAT(response.body, Not(HasSubstr("\"set\"")));
  values = mine;
  expect_unharmed();
}

TEST_P(BadInput, OtherMethods) {
  for (std::string const method : {"PUT", "HEAD", "TRACE", "get", "", "X\x01"}) {
    std::string const place = target("1");
    if (!method.empty() && allowed_methods(place).find(method) != std::string::npos) continue;
    ServerResponse const response = call(method, place, credential());
    EXPECT_EQ(response.status, is_in(Area::rest) ? 404 : 405) << method;
    if (is_in(Area::rest)) continue;
    EXPECT_THAT(std::string(header(response, "Allow")), HasSubstr(GetParam().method));
  }
  expect_unharmed();
}

TEST_P(BadInput, Bodies) {
  bool const reads = kReaders.contains(operation());
  for (std::string const& body : std::vector<std::string>{
           "{", "nonsense", "\"text\"", "{}x", "\xff\xfe{}", std::string("{\0}", 3),
           std::string(100000, '['), "{\"a\":" + std::string(100000, '{'),
           "\"" + std::string(1000000, 'x')}) {
    ServerResponse const response = send(credential(), body);
    expect_a_reason(response, body.substr(0, 20));
    if (reads) {
      EXPECT_EQ(response.status, 400) << body.substr(0, 20);
    }
  }
}

TEST_P(BadInput, ValuesOfOtherTypes) {
  std::vector<std::string> const wrong{
      "null", "-1",   "1e400", "1" + std::string(400, '0'), "[]",
      "{}",   "\"\"", "true",  "9223372036854775808",       "[[1]]"};
  for (std::string const& value : wrong) {
    std::string body = "{";
    for (char const* name : {"name",
                             "runnerGroupId",
                             "labels",
                             "RunnerSetting",
                             "ownerName",
                             "sessionId",
                             "agent",
                             "url",
                             "workFolder",
                             "jobMessageId",
                             "jobId",
                             "conclusion",
                             "route",
                             "kind",
                             "status",
                             "headers",
                             "count",
                             "probability",
                             "from",
                             "limit",
                             "windowSeconds",
                             "milliseconds",
                             "seconds",
                             "tenant",
                             "durationMilliseconds",
                             "ref",
                             "inputs",
                             "runner_group_id"})
      body += "\"" + std::string(name) + "\":" + value + ",";
    body.back() = '}';
    expect_a_reason(send(credential(), body), value.substr(0, 20));
    expect_a_reason(send(credential(), "[" + value + "]"), "a list of " + value.substr(0, 20));
  }
}

TEST_P(BadInput, Targets) {
  std::string const fine = target("1");
  for (std::string const& query :
       {std::string("?"), std::string("?&&=&a"), std::string("?name=%zz&runnerGroupId=%"),
        std::string("?lastMessageId=-1&sessionId=%00"), "?name=" + std::string(1000000, 'a'),
        "?lastMessageId=" + std::string(400, '9'), std::string("?since=x&operation=%ff")})
    expect_a_reason(call(GetParam().method, fine + query, credential()), query.substr(0, 30));
  if (GetParam().path.find("{}") == std::string::npos) return;
  for (std::string const& id :
       {std::string("999999"), std::string("-1"), std::string("abc"), std::string(400, '9'),
        std::string("%00"), std::string("%ff"), std::string("%"), std::string("%2F"),
        std::string("..%2f.."), std::string(10000, 'a')}) {
    ServerResponse const response = send(credential(), "", id);
    expect_a_reason(response, id.substr(0, 20));
  }
}

INSTANTIATE_TEST_SUITE_P(AllRoutes, BadInput, ::testing::ValuesIn(served_routes()),
                         [](auto const& one) {
                           return test_name(one.param.method, one.param.path);
                         });

class BadPolls : public SmallFront, public ::testing::Test {};

TEST_F(BadPolls, CapacitiesAndCursorsAreNamed) {
  prepare();
  auto const answer = [&](std::string capacity, std::string const& query = "") {
    return call("GET", queue_path + query, "Bearer " + values["queueToken"], "",
                {{"X-ScaleSetMaxCapacity", std::move(capacity)}});
  };
  for (std::string const capacity : {"-1", "1.5", "many", "99999999999999999999", " 1", "0x1"}) {
    ServerResponse const response = answer(capacity);
    EXPECT_EQ(response.status, 400) << capacity;
    EXPECT_THAT(response.body, HasSubstr("X-ScaleSetMaxCapacity must be a number from 0"));
  }
  for (std::string const cursor : {"-1", "x", "9223372036854775808"})
    EXPECT_THAT(answer("1", "?lastMessageId=" + cursor).body,
                HasSubstr("lastMessageId must be a number from 0"));
  EXPECT_EQ(answer("9223372036854775807", "?lastMessageId=9223372036854775807").status, 202);
  EXPECT_EQ(answer("0").status, 200);
}

TEST_F(BadPolls, AnEndedSessionsTokenIsNoGoodForTheNextSession) {
  prepare();
  std::string const old_token = values["queueToken"];
  admin("DELETE", "/1/sessions/" + values["sessionId"]);
  open_session();
  EXPECT_EQ(call("GET", queue_path, "Bearer " + old_token).status, 401);
  EXPECT_EQ(call("DELETE", queue_path + "/" + values["messageId"], "Bearer " + old_token).status,
            401);
  EXPECT_EQ(poll().status, 200);
}

/// Bytes that do not even become a request.
class BadBytes : public RunningSimulator {
 protected:
  /// Everything that the simulator answers to these bytes until it closes the connection.
  std::string exchange(std::string bytes) {
    auto const port =
        static_cast<std::uint16_t>(std::stoi(base::parse_url(simulator->url())->port));
    return loop.run(talk(port, std::move(bytes)));
  }
  static boost::asio::awaitable<std::string> talk(std::uint16_t port, std::string bytes) {
    namespace asio = boost::asio;
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::ip::tcp::socket socket(executor);
    asio::ip::tcp::endpoint const peer(asio::ip::address_v4::loopback(), port);
    boost::system::error_code error;
    co_await socket.async_connect(peer, asio::redirect_error(asio::use_awaitable, error));
    co_await asio::async_write(socket, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    std::string answer;
    auto buffer = asio::dynamic_buffer(answer);
    co_await asio::async_read(socket, buffer, asio::redirect_error(asio::use_awaitable, error));
    co_return answer;
  }
};

TEST_F(BadBytes, AreRefusedAndTheSimulatorGoesOn) {
  std::string const host = "Host: sim\r\n";
  EXPECT_THAT(
      exchange("POST /_sim/jobs HTTP/1.1\r\n" + host + "Content-Length: 99999999999\r\n\r\n{}"),
      StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(exchange("POST /_sim/jobs HTTP/1.1\r\n" + host +
                       "Content-Length: 99999999999999999999999\r\n\r\n{}"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange("POST /_sim/jobs HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange("GET /" + std::string(1000000, 'a') + " HTTP/1.1\r\n" + host + "\r\n"),
              StartsWith("HTTP/1.1 431"));
  std::string flood = "GET /_sim/state HTTP/1.1\r\n" + host;
  for (int i = 0; i < 20000; ++i) flood += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_THAT(exchange(flood + "\r\n"), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(exchange("\x16\x03\x01 this is TLS, or worse\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(
      exchange("POST /_sim/jobs HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
      StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(exchange("POST /_sim/jobs HTTP/1.1\r\n" + host + "Content-Length: 10\r\n\r\n{"), "")
      << "the request was cut off, so there is no answer";
  EXPECT_EQ(call("GET", "/_sim/state").status, 200);
}

}  // namespace
}  // namespace scaleset::simulator
