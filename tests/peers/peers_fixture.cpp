#include "peers_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>

namespace scaleset::peers {
namespace asio = boost::asio;
namespace {

// gzip of 2000 times x.
constexpr std::string_view kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xa8\x18\x05\xa3\x60\x14\x8c\x82\x51\x30\x0a\x46"
    "\xc1\x50\x07\x00\x7a\x65\x08\x29\xd0\x07\x00\x00",
    35);

}  // namespace

PeersTest::PeersTest() {
  http::testing::Authority const authority("peers");
  http::testing::Identity const identity = authority.issue("127.0.0.1");
  static_cast<void>(write("certificate.pem", identity.certificate));
  static_cast<void>(write("key.pem", identity.key));
  options.ca_bundle_file = write("authority.pem", authority.certificate_pem());
  options.ca_bundle = CaBundle::instead_of_system;
  make_transport();
}

asio::awaitable<http::ServerResponse> PeersTest::handle(http::ServerRequest request) {
  seen.push_back(request);
  http::ServerResponse response;
  response.body = request.method + " " + request.target;
  if (request.target == "/gzip") {
    response.headers = {{"Content-Encoding", "gzip"}};
    response.body = kGzip;
  }
  if (request.target != "/hold") co_return response;
  ++held;
  if (!released) {
    co_await wake.wait_despite_cancellation();
  }
  co_return response;
}

HttpRequest PeersTest::request(std::string url, TrafficClass traffic) {
  HttpRequest get;
  get.url = std::move(url);
  get.traffic = traffic;
  get.timeout = kMustNotExpire;
  return get;
}

void PeersTest::start(HttpRequest poll) {
  asio::co_spawn(loop.context(), transport->send(std::move(poll)),
                 [this](std::exception_ptr, Result<HttpResponse> result) {
                   ended.push_back(std::move(result));
                 });
}

void PeersTest::start_polls(std::string const& url, int count) {
  int const before = held;
  for (int i = 0; i < count; ++i) start(request(url, TrafficClass::long_poll));
  loop.run_until([this, before, count] { return held == before + count; });
}

PeerProcess::Command PeersTest::nghttpx(std::uint16_t target,
                                        std::vector<std::string> extra) const {
  std::string const at = folder.path().string();
  return [=](std::uint16_t port) {
    std::vector<std::string> command{SCALESET_NGHTTPX, "--conf=/dev/null", "--workers=1",
                                     "--frontend=127.0.0.1," + std::to_string(port),
                                     "--backend=127.0.0.1," + std::to_string(target)};
    command.insert(command.end(), extra.begin(), extra.end());
    command.insert(command.end(), {at + "/key.pem", at + "/certificate.pem"});
    return command;
  };
}

PeerProcess::Command PeersTest::tinyproxy(std::string const& user,
                                          std::string const& password) const {
  return [this, user, password](std::uint16_t port) {
    std::string const file = write("tinyproxy.conf", "Port " + std::to_string(port) +
                                                         "\nListen 127.0.0.1\nTimeout 600\n"
                                                         "MaxClients 100\nAllow 127.0.0.1\n"
                                                         "BasicAuth " +
                                                         user + " " + password + "\n");
    return std::vector<std::string>{SCALESET_TINYPROXY, "-d", "-c", file};
  };
}

std::string PeersTest::write(std::string const& name, std::string const& text) const {
  std::string path = (folder.path() / name).string();
  std::ofstream(path) << text;
  return path;
}

}  // namespace scaleset::peers
