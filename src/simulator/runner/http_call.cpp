#include "simulator/runner/http_call.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>
#include <optional>

#include "base/url.hpp"
#include "scaleset/async/timer.hpp"
#include "simulator/runner/process_start.hpp"
#include "simulator/runner/proxy_choice.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using Wire = wire::request<wire::string_body>;

using TlsStream = asio::ssl::stream<beast::tcp_stream&>;

/// Everything that must live as long as the exchange.
struct Exchange {
  explicit Exchange(asio::any_io_executor const& executor) : stream(executor), resolver(executor) {}
  beast::tcp_stream stream;
  std::optional<asio::ssl::context> tls_context;
  std::optional<TlsStream> tls;    // none: plain http
  std::optional<base::Url> proxy;  // none: directly
  asio::ip::tcp::resolver resolver;
  asio::ip::tcp::resolver::results_type addresses;
  Wire request;
  beast::flat_buffer buffer;
  wire::response<wire::string_body> response;
  boost::system::error_code error;
};

/// A proxy that is asked for http needs the whole URL.
Wire to_wire(HttpRequest const& request, base::Url const& url,
             std::optional<base::Url> const& proxy) {
  bool const by_proxy = proxy && url.scheme == "http";
  Wire message;
  message.method_string(std::string(to_string(request.method)));
  message.target(by_proxy ? url.origin() + url.target() : url.target());
  if (by_proxy && !proxy->userinfo.empty())
    message.set(wire::field::proxy_authorization, proxy_authorization(*proxy));
  message.set(wire::field::host, url.authority());
  // The pretend runner makes few calls, so each has a connection of its own.
  message.set(wire::field::connection, "close");
  for (auto const& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

HttpResponse from_wire(wire::response<wire::string_body>& message) {
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (auto const& field : message) {
    response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  response.body = std::move(message.body());
  return response;
}

/// With the system's certificate authorities, or those of SSL_CERT_FILE.
void use_tls(Exchange& all, std::string const& host) {
  all.tls_context.emplace(asio::ssl::context::tls_client);
  boost::system::error_code ignored;  // without authorities, every certificate is refused
  all.tls_context->set_default_verify_paths(ignored);
  all.tls.emplace(all.stream, *all.tls_context);
  if (is_set("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY")) return;
  all.tls->set_verify_mode(asio::ssl::verify_peer);
  all.tls->set_verify_callback(asio::ssl::host_name_verification(host));
  // What the macro SSL_set_tlsext_host_name does, without its casts.
  SSL_ctrl(all.tls->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
}

/// `stream` is one of the two in `all`.
template <typename Stream>
asio::awaitable<void> speak(Stream* stream, std::shared_ptr<Exchange> all) {
  co_await wire::async_write(*stream, all->request,
                             asio::redirect_error(asio::use_awaitable, all->error));
  if (all->error) co_return;
  co_await wire::async_read(*stream, all->buffer, all->response,
                            asio::redirect_error(asio::use_awaitable, all->error));
}

std::string port_of(base::Url const& url) {
  if (!url.port.empty()) return url.port;
  return url.scheme == "https" ? "443" : "80";
}

/// Asks the proxy for a connection to that place, over which TLS is spoken then.
asio::awaitable<void> open_tunnel(std::shared_ptr<Exchange> all, base::Url url, base::Url proxy) {
  std::string const place = url.host + ":" + port_of(url);
  wire::request<wire::empty_body> ask(wire::verb::connect, place, 11);
  ask.set(wire::field::host, place);
  if (!proxy.userinfo.empty())
    ask.set(wire::field::proxy_authorization, proxy_authorization(proxy));
  co_await wire::async_write(all->stream, ask,
                             asio::redirect_error(asio::use_awaitable, all->error));
  if (all->error) co_return;
  wire::response_parser<wire::empty_body> answer;
  answer.skip(true);  // the answer to CONNECT has no body
  co_await wire::async_read_header(all->stream, all->buffer, answer,
                                   asio::redirect_error(asio::use_awaitable, all->error));
  bool const refused = !all->error && answer.get().result() != wire::status::ok;
  if (refused) all->error = asio::error::connection_refused;
}

asio::awaitable<void> exchange_on(std::shared_ptr<Exchange> all, base::Url url) {
  base::Url const place = all->proxy ? *all->proxy : url;
  std::string const host =
      place.host.starts_with('[') ? place.host.substr(1, place.host.size() - 2) : place.host;
  all->addresses = co_await all->resolver.async_resolve(
      host, port_of(place), asio::redirect_error(asio::use_awaitable, all->error));
  if (all->error) co_return;
  co_await all->stream.async_connect(all->addresses,
                                     asio::redirect_error(asio::use_awaitable, all->error));
  if (all->error) co_return;
  if (!all->tls) {
    co_await speak(&all->stream, all);
    co_return;
  }
  if (all->proxy) {
    co_await open_tunnel(all, url, *all->proxy);
    if (all->error) co_return;
  }
  co_await all->tls->async_handshake(asio::ssl::stream_base::client,
                                     asio::redirect_error(asio::use_awaitable, all->error));
  if (all->error) co_return;
  co_await speak(&*all->tls, all);
}

}  // namespace

Task<HttpResponse> http_call(HttpRequest request) {
  Result<base::Url> const url = base::parse_url(request.url);
  bool const known = url && (url->scheme == "http" || url->scheme == "https");
  if (!known)
    co_return fail(ErrorCode::invalid_argument,
                   "the pretend runner supports http and https URLs only");
  bool const cancelled_before = co_await async::is_cancelled();
  if (cancelled_before) co_return fail(ErrorCode::cancelled, "cancelled");
  asio::any_io_executor const executor = co_await asio::this_coro::executor;
  auto all = std::make_shared<Exchange>(executor);
  all->proxy = proxy_for(proxy_variables(), *url);
  all->request = to_wire(request, *url, all->proxy);
  if (url->scheme == "https") use_tls(*all, url->host);
  all->stream.expires_after(request.timeout);
  co_await exchange_on(all, *url);
  bool const cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(ErrorCode::cancelled, "cancelled");
  // Beast ends the operation itself and reports its own code.
  if (all->error == beast::error::timeout) co_return fail(ErrorCode::timeout, "no answer in time");
  if (all->error)
    co_return fail(ErrorCode::network, all->error.message() + " (" + url->authority() + ")");
  co_return from_wire(all->response);
}

}  // namespace scaleset::simulator::pretend
