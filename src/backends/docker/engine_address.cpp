#include "backends/docker/engine_address.hpp"

#include <filesystem>

#include "base/regular_file.hpp"
#include "base/whole_number.hpp"

namespace scaleset::backends::docker {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUsualSocket = "/var/run/docker.sock";
constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::uint16_t kPort = 2375;
constexpr std::uint16_t kTlsPort = 2376;
constexpr std::size_t kLongestFile = 1U << 20U;

std::unexpected<Error> refused(std::string const& host, std::string const& why) {
  return fail(ErrorCode::invalid_options,
              "\"" + host + "\" is not the address of an engine: " + why);
}

std::string value_of(Environment const& environment, char const* name) {
  return environment(name).value_or("");
}

/// As Docker's client does it: any text but an empty one asks for a check.
bool wants_check(Environment const& environment) {
  return !value_of(environment, "DOCKER_TLS_VERIFY").empty();
}

Result<http::ClientTls> read_tls(Environment const& environment) {
  std::string folder = value_of(environment, "DOCKER_CERT_PATH");
  if (folder.empty()) folder = value_of(environment, "HOME") + "/.docker";
  http::ClientTls tls;
  tls.verify = wants_check(environment);
  auto const authorities = base::read_regular_file(fs::path(folder) / "ca.pem", kLongestFile);
  if (!authorities && tls.verify) return std::unexpected(authorities.error());
  tls.authorities = authorities.value_or("");
  auto const certificate = base::read_regular_file(fs::path(folder) / "cert.pem", kLongestFile);
  auto key = base::read_regular_file(fs::path(folder) / "key.pem", kLongestFile);
  if (!certificate) return std::unexpected(certificate.error());
  if (!key) return std::unexpected(key.error());
  tls.certificate = *certificate;
  tls.key = Secret(*std::move(key));
  return tls;
}

/// "engine:2376", "[::1]:2376", "engine".
Result<void> take_host_and_port(std::string const& host, std::string_view rest,
                                http::ServerAddress& address) {
  bool const is_ipv6 = rest.starts_with('[');
  auto const end = is_ipv6 ? rest.find(']') : rest.find(':');
  if (is_ipv6 && end == std::string_view::npos) return refused(host, "there is no \"]\"");
  address.host = is_ipv6 ? rest.substr(1, end - 1) : rest.substr(0, end);
  rest = end == std::string_view::npos ? "" : rest.substr(end + (is_ipv6 ? 1 : 0));
  address.port = address.tls ? kTlsPort : kPort;
  if (address.host.empty()) return refused(host, "there is no host");
  if (rest.empty()) return {};
  auto const port = base::whole_number<std::uint16_t>(rest.substr(1));
  if (rest.front() != ':' || !port || *port == 0) return refused(host, "the port is not a number");
  address.port = *port;
  return {};
}

}  // namespace

Result<http::ServerAddress> engine_address(std::string const& host,
                                           Environment const& environment) {
  std::string text = host.empty() ? value_of(environment, "DOCKER_HOST") : host;
  if (text.empty()) text = std::string(kUnix) + std::string(kUsualSocket);
  http::ServerAddress address;
  if (text.starts_with(kUnix)) {
    address.socket = text.substr(kUnix.size());
    if (!address.socket.starts_with('/')) return refused(text, "the path of the socket is missing");
    return address;
  }
  if (!text.starts_with(kTcp)) return refused(text, "it begins with unix:// or tcp://");
  bool const secured =
      wants_check(environment) || !value_of(environment, "DOCKER_CERT_PATH").empty();
  if (secured) {
    auto tls = read_tls(environment);
    if (!tls) return std::unexpected(tls.error());
    address.tls = *std::move(tls);
  }
  std::string rest = text.substr(kTcp.size());
  if (rest.ends_with('/')) rest.pop_back();
  if (auto taken = take_host_and_port(text, rest, address); !taken)
    return std::unexpected(taken.error());
  return address;
}

}  // namespace scaleset::backends::docker
