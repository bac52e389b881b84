#pragma once

#include <curl/curl.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "http/curl_failure.hpp"
#include "http/name_cache.hpp"
#include "http/transport_settings.hpp"
#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset::http {

/// Called as soon as a TLS handshake has chosen HTTP/2, long before a held poll is answered. Must
/// outlive the connections of the transfers that it listens to.
class Http2Listener {
 public:
  virtual void on_http2() noexcept = 0;

 protected:
  ~Http2Listener() = default;
};

/// One attempt at one request: its own curl easy handle and all memory that curl reads or writes
/// while the transfer runs. curl keeps pointers to it, so it cannot be moved. The coroutine that
/// waits for it owns it.
class CurlTransfer {
 public:
  /// `settings` must outlive the transfer. Errors, all with request_sent false: invalid_argument if
  /// the URL is too long or not http or https, or if a header has a line break in it;
  /// invalid_options if the certificates cannot be read (any more).
  static Result<std::unique_ptr<CurlTransfer>> make(boost::asio::any_io_executor const& executor,
                                                    TransportSettings& settings,
                                                    HttpRequest request);
  CurlTransfer(CurlTransfer const&) = delete;
  CurlTransfer& operator=(CurlTransfer const&) = delete;
  ~CurlTransfer() = default;

  [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }
  [[nodiscard]] TrafficClass traffic() const noexcept { return traffic_; }
  static CurlTransfer& of(CURL* easy);
  void set_listener(Http2Listener& listener) noexcept { listener_ = &listener; }

  /// Expires when the time of the attempt is up. It is measured outside curl, because curl has been
  /// seen to stall. The coroutine waits on this timer: finish() and abandon() cancel it, so the
  /// coroutine resumes from the executor's queue and never inside a curl callback.
  boost::asio::steady_timer& deadline() noexcept { return deadline_; }

  /// How much of its time is left.
  [[nodiscard]] std::chrono::milliseconds time_left() const;

  /// Call this before it starts: curl need not look the name up. With port and addresses as text.
  void set_addresses(std::string const& host, std::string const& port, Addresses const& addresses);
  /// Why it cannot start. take_result() returns that.
  void never_start(Error error) { refusal_ = std::make_unique<Error>(std::move(error)); }
  [[nodiscard]] std::chrono::milliseconds timeout() const noexcept { return timeout_; }

  [[nodiscard]] bool ended() const noexcept { return ended_; }
  void finish(CURLcode code);  // curl has finished it
  void abandon();              // the transport is shut down
  [[nodiscard]] bool used_http2() const;
  /// Whether its time was up before curl finished it.
  [[nodiscard]] bool timed_out() const;

  /// Call this after the handle has left its multi. Returns whether the response is a redirect that
  /// may be followed; if so, the transfer is ready to run again for the rest of its time. If a
  /// redirect is refused, take_result() returns the error.
  [[nodiscard]] bool redirected();
  /// Call this after redirected() has returned false. Moves the response out. `cancelled` says that
  /// the caller has cancelled; a response that has already arrived is returned all the same.
  [[nodiscard]] Result<HttpResponse> take_result(bool cancelled);

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };

  CurlTransfer(boost::asio::any_io_executor const& executor, TransportSettings const& settings,
               Proxy const* proxy, HttpRequest& request);
  void set_request(HttpRequest const& request, std::string const& url);
  void set_body(bool may_repeat);
  void set_headers(HeaderList const& headers);
  void set_connection(bool tls);
  void set_proxy();
  Result<void> set_tls(TransportSettings& settings);
  using List = std::unique_ptr<curl_slist, ListDeleter>;
  static void append(List& list, std::string const& line);
  template <class Value>
  void set(CURLoption option, Value value);

  /// code_ must be set.
  [[nodiscard]] CurlFailure failure() const;
  [[nodiscard]] std::string_view url() const;
  /// The host and port, and those of the proxy if there is one, for error texts.
  [[nodiscard]] std::string place() const;
  /// Counts `bytes` to the others of their kind, and whether there is room for all of them.
  [[nodiscard]] bool room_for(std::size_t bytes, std::size_t& received, std::size_t limit) noexcept;
  HttpResponse& response();
  void take_header(std::string_view line);
  [[nodiscard]] bool request_sent() const;
  [[nodiscard]] std::optional<Error> proxy_refusal() const;
  [[nodiscard]] long info(CURLINFO what) const;

  static std::size_t on_send(char* buffer, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) noexcept;
  static int on_socket_open(void* self, curl_socket_t socket, curlsocktype) noexcept;
  static CURLcode on_tls(CURL*, void* context, void* self) noexcept;

  // Only what is needed of the request after the start. curl has its own copies of the URL and the
  // headers.
  HttpMethod method_;
  TrafficClass traffic_;
  std::chrono::milliseconds timeout_;
  std::string body_;
  std::size_t sent_ = 0;  // bytes of the body that on_send has copied
  TransportSettings const& settings_;
  Proxy const* proxy_;        // null: none
  CertificateStore trusted_;  // null: certificates are not verified
  Http2Listener* listener_ = nullptr;
  std::size_t received_headers_ = 0;        // bytes, trailers included
  std::size_t received_body_ = 0;           // bytes, decompressed
  std::unique_ptr<HttpResponse> response_;  // null while nothing has arrived
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  List headers_;
  List addresses_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  boost::asio::steady_timer deadline_;
  std::optional<CURLcode> code_;
  std::optional<std::size_t> too_large_;  // the limit that was exceeded
  bool ended_ = false;
  int redirects_ = 0;
  std::unique_ptr<Error> refusal_;  // of a redirect, or why it never started
};

}  // namespace scaleset::http
