#include "http/curl_transport.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/log.hpp"
#include "http/curl_engine.hpp"
#include "http/redirect.hpp"
#include "http/sleep.hpp"

namespace scaleset::http {
namespace asio = boost::asio;
namespace {

using Moment = std::chrono::steady_clock::time_point;

/// Until the response is there, the transport gave up, the time is up or the caller has cancelled.
asio::awaitable<void> wait_for_end(CurlTransfer* transfer) {
  while (!transfer->ended()) {
    boost::system::error_code error;
    co_await transfer->deadline().async_wait(asio::redirect_error(asio::use_awaitable, error));
    bool const cancelled = co_await is_cancelled();
    if (cancelled || !error) co_return;
  }
}

/// One request, one response. The request is handed back for a redirect.
Task<HttpResponse> exchange_once(CurlEngine* engine, HttpRequest* request) {
  Result<std::unique_ptr<CurlTransfer>> made = engine->make_transfer(std::move(*request));
  if (!made) co_return std::unexpected(std::move(made.error()));
  std::unique_ptr<CurlTransfer> const transfer = std::move(*made);
  bool cancelled = co_await is_cancelled();
  if (cancelled) co_return transfer->take_result(cancelled);
  {
    RunningTransfer const running(*engine, *transfer);
    co_await wait_for_end(transfer.get());
  }
  cancelled = co_await is_cancelled();
  Result<HttpResponse> response = transfer->take_result(cancelled);
  *request = transfer->take_request();
  co_return response;
}

Task<HttpResponse> exchange(std::shared_ptr<CurlEngine> engine, HttpRequest request) {
  Moment const deadline = std::chrono::steady_clock::now() + request.timeout;
  for (int redirects = 0;; ++redirects) {
    Result<HttpResponse> response = co_await exchange_once(engine.get(), &request);
    if (!response) co_return response;
    auto target = redirect_target(request.method, request.url, *response, redirects);
    if (!target) co_return std::unexpected(std::move(target.error()));
    if (!*target) co_return response;
    request.url = **std::move(target);
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    request.timeout = std::max(left, std::chrono::milliseconds(1));
  }
}

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(asio::any_io_executor executor, Result<std::shared_ptr<TransportSettings>> settings)
      : engine_(std::make_shared<CurlEngine>(std::move(executor), std::move(settings))) {}
  CurlTransport(CurlTransport const&) = delete;
  CurlTransport& operator=(CurlTransport const&) = delete;
  ~CurlTransport() override { engine_->shut_down(); }

  Task<HttpResponse> send(HttpRequest request) override {
    return exchange(engine_, std::move(request));
  }

 private:
  std::shared_ptr<CurlEngine> engine_;
};

}  // namespace

std::shared_ptr<HttpTransport> make_curl_transport(asio::any_io_executor executor,
                                                   TransportOptions options,
                                                   std::shared_ptr<LogSink> log) {
  if (!options.verify_tls) {
    base::Logger(std::move(log), "http")
        .warn(
            "certificates are NOT verified (verify_tls is off): whoever is between this machine "
            "and the service can read and change everything, tokens included");
  }
  return std::make_shared<CurlTransport>(std::move(executor),
                                         TransportSettings::make(std::move(options)));
}

}  // namespace scaleset::http
