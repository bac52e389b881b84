#pragma once

#include <curl/curl.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "http/transport_settings.hpp"
#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset::http {

/// Is told as soon as a TLS handshake has chosen HTTP/2, which is long before a held poll is
/// answered. Outlives the connections of the transfers it listens to.
class Http2Listener {
 public:
  virtual void on_http2() noexcept = 0;

 protected:
  ~Http2Listener() = default;
};

/// One attempt of one request: a curl easy handle of its own and all memory that curl reads or
/// writes while it runs. Lives in the frame of the coroutine that waits for it, at one address.
class CurlTransfer {
 public:
  /// `settings` outlives the transfer. Errors (request_sent false): invalid_argument: not an http
  /// or https URL, a line break in a header; invalid_options: certificates that cannot be read (any
  /// more).
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

  /// The time of the attempt, measured outside curl, which has been seen to stall. Also what the
  /// coroutine waits on: finish() and abandon() cancel it, so that the coroutine goes on from the
  /// executor's queue and never inside a curl callback.
  boost::asio::steady_timer& deadline() noexcept { return deadline_; }

  [[nodiscard]] bool ended() const noexcept { return ended_; }
  void finish(CURLcode code);  // curl is through with it
  void abandon();              // the transport is going away
  [[nodiscard]] bool used_http2() const;
  /// Its time is up and curl has not finished it.
  [[nodiscard]] bool timed_out() const;

  /// After the handle has left its multi. Whether the response sends the request on to where it may
  /// be followed: then it is ready to run again, for what is left of its time. A redirect that is
  /// refused is an error of take_result().
  [[nodiscard]] bool redirected();
  /// After redirected() said no. `cancelled`: asked for by the caller, unless the response is here
  /// already. Moves the response out.
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
  void set_request(HttpRequest const& request);
  void set_body(bool may_repeat);
  void set_headers(HeaderList const& headers);
  void set_connection(bool tls);
  void set_proxy();
  Result<void> set_tls(TransportSettings& settings);
  void add_header_line(std::string const& line);
  template <class Value>
  void set(CURLoption option, Value value);

  [[nodiscard]] std::string_view url() const;
  /// For the texts of errors.
  [[nodiscard]] std::string place() const;
  [[nodiscard]] bool room_for(std::size_t bytes, std::size_t limit) noexcept;
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

  // Of the request only what is needed after the start; curl has copies of URL and headers.
  HttpMethod method_;
  TrafficClass traffic_;
  std::chrono::milliseconds timeout_;
  std::string body_;
  std::size_t sent_ = 0;  // of the body, where it goes through on_send
  TransportSettings const& settings_;
  Proxy const* proxy_;        // null: none
  CertificateStore trusted_;  // null: certificates are not verified
  Http2Listener* listener_ = nullptr;
  std::size_t received_ = 0;
  std::unique_ptr<HttpResponse> response_;  // null while nothing has arrived
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  boost::asio::steady_timer deadline_;
  std::optional<CURLcode> code_;
  std::optional<std::size_t> too_large_;  // the limit it went over
  bool ended_ = false;
  int redirects_ = 0;
  std::unique_ptr<Error> redirect_refusal_;
};

}  // namespace scaleset::http
