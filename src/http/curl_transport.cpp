#include "http/curl_transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <utility>

#include "base/log.hpp"
#include "http/curl_engine.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace asio = boost::asio;
namespace {

// Every held poll has a frame of this coroutine, so it holds only what must outlive the wait.
Task<HttpResponse> exchange(std::shared_ptr<CurlEngine> engine,
                            std::unique_ptr<CurlTransfer> transfer,
                            std::unique_ptr<HostNames> names) {
  if (names) {
    bool const found = co_await engine->find_names(transfer.get(), std::move(names));
    if (!found) co_return transfer->take_result(false);
  }
  for (;;) {
    bool cancelled = co_await async::is_cancelled();
    if (!cancelled) {
      // For one exchange: its destructor takes the transfer out of its lane before it is used again
      // for a redirect.
      RunningTransfer const running(*engine, *transfer);
      // Wait until the response has arrived, the transport is shut down, the time is up or the
      // caller cancels.
      while (!transfer->ended() && !transfer->timed_out() && !cancelled) {
        co_await transfer->deadline().async_wait(asio::as_tuple(asio::deferred));
        cancelled = co_await async::is_cancelled();
      }
    }
    if (!transfer->redirected()) co_return transfer->take_result(cancelled);
  }
}

Task<HttpResponse> refuse(Error error) { co_return std::unexpected(std::move(error)); }

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(asio::any_io_executor executor, Result<std::shared_ptr<TransportSettings>> settings,
                std::shared_ptr<Resolver> resolver)
      : engine_(std::make_shared<CurlEngine>(std::move(executor), std::move(settings),
                                             std::move(resolver))) {}
  CurlTransport(CurlTransport const&) = delete;
  CurlTransport& operator=(CurlTransport const&) = delete;
  ~CurlTransport() override { engine_->shut_down(); }

  Task<HttpResponse> send(HttpRequest request) override {
    auto names = engine_->names_to_find(request.url);
    auto transfer = engine_->make_transfer(std::move(request));
    if (!transfer) return refuse(std::move(transfer.error()));
    return exchange(engine_, *std::move(transfer), std::move(names));
  }

  bool is_curl_transport(HttpTransport const& transport) noexcept {
    return dynamic_cast<CurlTransport const*>(&transport) != nullptr;
  }

  Result<void> read_certificates_again() { return engine_->read_certificates_again(); }

 private:
  std::shared_ptr<CurlEngine> engine_;
};

}  // namespace

bool is_curl_transport(HttpTransport const& transport) noexcept {
  return dynamic_cast<CurlTransport const*>(&transport) != nullptr;
}

Result<void> read_certificates_again(HttpTransport& transport) {
  auto* const curl = dynamic_cast<CurlTransport*>(&transport);
  return curl == nullptr ? Result<void>() : curl->read_certificates_again();
}

std::shared_ptr<HttpTransport> make_curl_transport(asio::any_io_executor executor,
                                                   TransportOptions options,
                                                   std::shared_ptr<LogSink> log,
                                                   std::shared_ptr<Resolver> resolver) {
  base::Logger logger(std::move(log), "http");
  if (!options.verify_tls) {
    logger.warn(
        "certificates are NOT verified (verify_tls is off): anyone between this machine and the "
        "service can read and change everything, including tokens");
  }
  return std::make_shared<CurlTransport>(
      std::move(executor), TransportSettings::make(std::move(options), std::move(logger)),
      std::move(resolver));
}

}  // namespace scaleset::http
