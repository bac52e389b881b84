#include "http/host_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "base/url.hpp"
#include "http/curl_transport.hpp"
#include "http/testing/loopback.hpp"
#include "http/testing/socks_server.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::http {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// "host:port", with a star for the proxy's.
std::vector<std::string> names(std::string const& url, std::string const& proxy = "") {
  auto const used = parse_proxy(proxy).value();
  auto const found = names_to_find(base::parse_url(url).value(), used ? &*used : nullptr);
  std::vector<std::string> texts;
  if (!found) return texts;
  for (auto const& name : found->names)
    texts.push_back(name.host + ":" + name.port + (name.of_proxy ? "*" : ""));
  return texts;
}

TEST(HostNames, OfTheServiceIfThereIsNoProxy) {
  EXPECT_THAT(names("https://github.com/org"), ElementsAre("github.com:443"));
  EXPECT_THAT(names("http://ghes.test/org"), ElementsAre("ghes.test:80"));
  EXPECT_THAT(names("https://ghes.test:8443/"), ElementsAre("ghes.test:8443"));
}

TEST(HostNames, AddressesAndThisMachineNeedNoLookUp) {
  for (char const* url :
       {"http://127.0.0.1:1/", "http://[::1]/", "http://localhost:1/", "http://api.localhost/"})
    EXPECT_TRUE(names(url).empty()) << url;
}

TEST(HostNames, AProxyFindsTheServiceItself) {
  for (char const* proxy :
       {"http://proxy.test:3128", "https://proxy.test:3128", "socks5h://me:secret@proxy.test:3128"})
    EXPECT_THAT(names("https://github.com/", proxy), ElementsAre("proxy.test:3128*")) << proxy;
  EXPECT_TRUE(names("https://github.com/", "http://192.0.2.1:3128").empty());
}

TEST(HostNames, ForSocks5ThisMachineFindsBoth) {
  EXPECT_THAT(names("https://github.com/", "socks5://proxy.test"),
              ElementsAre("proxy.test:1080*", "github.com:443"));
  EXPECT_THAT(names("https://github.com/", "socks5://192.0.2.1"), ElementsAre("github.com:443"));
}

/// A transport whose names a test answers.
class NamedTransportTest : public ::testing::Test {
 protected:
  ~NamedTransportTest() override {
    if (!released_) hang.set_value();
  }
  void release() {
    released_ = true;
    hang.set_value();
  }
  std::shared_ptr<HttpTransport> make() {
    return make_curl_transport(loop.executor(), options, nullptr, resolver);
  }
  Result<HttpResponse> get(std::string const& url) {
    auto const transport = make();
    return loop.run(transport->send(request(url)));
  }
  static HttpRequest request(std::string const& url) {
    HttpRequest made;
    made.url = url;
    return made;
  }
  [[nodiscard]] std::string named(std::string const& host) const {
    return "http://" + host + ":" + std::to_string(server.port()) + "/";
  }
  static Result<Addresses> look_up(std::string const& host, std::shared_future<void> const& hung) {
    if (host == "slow.test") hung.wait();
    if (host == "both.test") return Addresses{"::1", "127.0.0.1"};
    if (host == "unknown.test") return fail(ErrorCode::network, "no such host");
    return Addresses{"127.0.0.1"};
  }
  static std::size_t threads() {
    auto const tasks = std::filesystem::directory_iterator("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
  }

  testing::Loopback loop;
  std::string host_header;
  testing::LoopbackServer server{
      loop, [this](ServerRequest request) { return handle(std::move(request)); }};
  boost::asio::awaitable<ServerResponse> handle(ServerRequest request) {
    host_header = request.header("Host");
    co_return ServerResponse();
  }
  TransportOptions options;
  std::promise<void> hang;
  std::shared_ptr<Resolver> resolver = std::make_shared<Resolver>(
      loop.executor(),
      [hung = hang.get_future().share()](std::string const& host) { return look_up(host, hung); });

 private:
  bool released_ = false;
};

TEST_F(NamedTransportTest, ConnectsToTheAddressThatWasFound) {
  auto const response = get(named("service.test"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_THAT(host_header, HasSubstr("service.test:"));
}

TEST_F(NamedTransportTest, TriesTheSecondKindOfAddress) {
  // The server listens on 127.0.0.1 only.
  auto const response = get(named("both.test"));
  ASSERT_TRUE(response) << response.error().message;
}

TEST_F(NamedTransportTest, ANameThatIsUnknownIsToldAsCurlTellsIt) {
  auto const response = get("http://unknown.test/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::network);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_EQ(response.error().message,
            "cannot reach unknown.test:80: Could not resolve host: unknown.test (no such host); "
            "check the host name and this machine's DNS settings");
}

TEST_F(NamedTransportTest, AProxyThatIsUnknownIsToldAsSuch) {
  options.proxy = "http://unknown.test:3128";
  auto const response = get("http://service.test/");
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("through the proxy unknown.test:3128"),
                                              HasSubstr("Could not resolve proxy: unknown.test"),
                                              HasSubstr("check the proxy setting")));
}

TEST_F(NamedTransportTest, TheProxysNameIsTheOneThatIsFound) {
  options.proxy = named("proxy.test");
  auto const response = get("http://unknown.test/");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(host_header, "unknown.test");
}

TEST_F(NamedTransportTest, ForSocks5BothNamesAreFound) {
  testing::SocksServer socks(loop, testing::SocksServer::Names::resolved);
  options.proxy = "socks5://me:secret@proxy.test:" + std::to_string(socks.port());
  auto const response = get("http://service.test/");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(socks.asked_for(), "") << "the proxy got an address";
}

TEST_F(NamedTransportTest, ASlowNameEndsWithTheConnectTimeout) {
  options.connect_timeout = std::chrono::milliseconds(50);
  auto const response = get(named("slow.test"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timeout);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_THAT(response.error().message,
              AllOf(HasSubstr("slow.test"), HasSubstr("Resolving timed out after 50")));
}

TEST_F(NamedTransportTest, ASlowNameEndsWithTheTimeOfTheCall) {
  auto const transport = make();
  auto call = request(named("slow.test"));
  call.timeout = std::chrono::milliseconds(50);
  auto const response = loop.run(transport->send(std::move(call)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timeout);
  EXPECT_THAT(response.error().message, HasSubstr("no connection to slow.test:"));
}

class ManyTransportsTest : public NamedTransportTest {
 protected:
  boost::asio::awaitable<void> keep(Task<HttpResponse> task) {
    auto outcome = co_await std::move(task);
    outcomes.push_back(std::move(outcome));
  }
  std::vector<Result<HttpResponse>> outcomes;
  async::TaskScope scope{loop.executor()};
};

// Without a resolver each of them would have a thread of its own, and ask the real DNS.
TEST_F(ManyTransportsTest, TwoHundredThatConnectAtOnceTakeOneThread) {
  std::thread([] {}).join();  // with the first one the thread sanitizer makes one of its own
  std::size_t const before = threads();
  std::vector<std::shared_ptr<HttpTransport>> transports;
  for (int i = 0; i < 200; ++i) {
    transports.push_back(make());
    scope.spawn(keep(transports.back()->send(request(named("slow.test")))));
  }
  loop.context().restart();
  loop.context().poll();
  EXPECT_TRUE(outcomes.empty());
  EXPECT_LE(threads(), before + 1);
  release();
  loop.run(scope.join());
  ASSERT_EQ(outcomes.size(), 200U);
  for (auto const& outcome : outcomes) EXPECT_TRUE(outcome) << outcome.error().message;
}

TEST_F(ManyTransportsTest, ATransportThatIsDestroyedEndsItsCallsAtOnce) {
  auto transport = make();
  scope.spawn(keep(transport->send(request(named("slow.test")))));
  loop.context().restart();
  loop.context().poll();
  transport.reset();
  loop.run(scope.join());
  ASSERT_EQ(outcomes.size(), 1U);
  ASSERT_FALSE(outcomes[0]);
  EXPECT_EQ(outcomes[0].error().code, ErrorCode::cancelled);
  EXPECT_THAT(outcomes[0].error().message, HasSubstr("slow.test"));
}

}  // namespace
}  // namespace scaleset::http
