#include "http/curl_transfer.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "base/header_lookup.hpp"
#include "base/url.hpp"
#include "http/curl_failure.hpp"

namespace scaleset::http {
namespace {

// Polls are many and mostly silent; each keeps a buffer of that size. The least that curl takes.
constexpr long kPollBufferBytes = 1024;
constexpr std::size_t kMaxUrlBytes = 64U << 10U;
constexpr std::size_t kMaxHeaderBytes = 256U << 10U;

std::unexpected<Error> refuse(Error error) {
  error.request_sent = false;
  return std::unexpected(std::move(error));
}

std::unexpected<Error> refuse(std::string message) {
  return refuse(Error(ErrorCode::invalid_argument, std::move(message)));
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

std::optional<Error> check_headers(HeaderList const& headers) {
  for (auto const& [name, value] : headers) {
    if (has_line_break(name))
      return Error(ErrorCode::invalid_argument, "the name of a header has a line break in it");
    if (has_line_break(value))
      return Error(ErrorCode::invalid_argument,
                   "the header " + name + " has a line break in its value");
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  std::size_t const first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

int listener_index() noexcept {
  static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void report_http2(SSL const* connection, int event, int) {
  if ((event & SSL_CB_HANDSHAKE_DONE) == 0) return;
  unsigned char const* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(connection, &name, &size);
  if (std::string_view(reinterpret_cast<char const*>(name), size) != "h2") return;
  void* const listener = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), listener_index());
  if (listener != nullptr) static_cast<Http2Listener*>(listener)->on_http2();
}

}  // namespace

Result<std::unique_ptr<CurlTransfer>> CurlTransfer::make(
    boost::asio::any_io_executor const& executor, TransportSettings& settings,
    HttpRequest request) {
  if (request.url.size() > kMaxUrlBytes) return refuse("the URL is too long");
  Result<base::Url> const url = base::parse_url(request.url);
  if (!url) return refuse(url.error().message);
  if (url->scheme != "http" && url->scheme != "https") {
    return refuse("the URL scheme '" + url->scheme + "' is not supported; use https or http");
  }
  if (auto const problem = check_headers(request.headers)) return refuse(problem->message);
  Proxy const* const proxy = settings.proxy_for(*url);
  std::string place = place_of(*url);
  if (proxy != nullptr) place.append(" through the proxy ").append(proxy->place);
  std::unique_ptr<CurlTransfer> transfer(
      new CurlTransfer(executor, std::move(request), std::move(place), settings.options()));
  transfer->set_request();
  transfer->set_headers();
  transfer->set_connection(settings.options());
  transfer->set_proxy(proxy);
  if (url->scheme == "https" || (proxy != nullptr && proxy->url.starts_with("https:"))) {
    Result<void> const ready = transfer->set_tls(settings);
    if (!ready) return refuse(ready.error());
  }
  return transfer;
}

CurlTransfer::CurlTransfer(boost::asio::any_io_executor const& executor, HttpRequest request,
                           std::string place, TransportOptions const& options)
    : request_(std::move(request)),
      place_(std::move(place)),
      limit_(options.max_response_bytes),
      keep_alive_(keep_alive_for(options.tcp_keepalive)),
      easy_(curl_easy_init()),
      deadline_(executor, request_.timeout) {
  if (!easy_) throw std::bad_alloc();
}

template <class Value>
void CurlTransfer::set(CURLoption option, Value value) {
  CURLcode const code = curl_easy_setopt(easy_.get(), option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK)
    throw std::logic_error("libcurl refuses option " + std::to_string(option) + ": " +
                           curl_easy_strerror(code));
}

void CurlTransfer::set_request() {
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_URL, request_.url.c_str());
  bool const has_body = request_.method == HttpMethod::post ||
                        request_.method == HttpMethod::patch ||
                        request_.method == HttpMethod::put || !request_.body.empty();
  if (has_body) set_body();
  set(CURLOPT_CUSTOMREQUEST, std::string(to_string(request_.method)).c_str());
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void CurlTransfer::set_body() {
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  if (request_.may_repeat) {
    set(CURLOPT_POSTFIELDS, request_.body.c_str());
  } else {
    // A body that is read once and cannot be rewound: curl sends a request again by itself where a
    // kept connection turns out to be dead, and the service may have acted on the first (W-8).
    set(CURLOPT_READFUNCTION, &CurlTransfer::on_send);
    set(CURLOPT_READDATA, static_cast<void*>(this));
  }
}

void CurlTransfer::set_headers() {
  for (auto const& [name, value] : request_.headers) {
    // curl's notation: "Name:" would take a header away, "Name;" sends it empty.
    std::string line = name;
    line.append(value.empty() ? ";" : ": ").append(value);
    add_header_line(line);
  }
  for (char const* name : {"Accept", "Content-Type", "Expect"}) {  // curl would add these
    if (base::find_header(request_.headers, name).empty()) add_header_line(std::string(name) + ":");
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void CurlTransfer::add_header_line(std::string const& line) {
  curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(headers_.release());
  headers_.reset(longer);
}

void CurlTransfer::set_connection(TransportOptions const& options) {
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Wait to see whether a connection under way can be shared. Not without TLS: there curl knows
  // only when the first response arrives, and a held poll would hold up all others.
  set(CURLOPT_PIPEWAIT, request_.url.starts_with("https") ? 1L : 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  // Without it, ending a transfer whose name is being resolved blocks the loop until the resolver
  // is through.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_SOCKOPTFUNCTION, &CurlTransfer::on_socket_open);
  set(CURLOPT_SOCKOPTDATA, static_cast<void*>(this));
  if (request_.traffic == TrafficClass::long_poll) set(CURLOPT_BUFFERSIZE, kPollBufferBytes);
}

void CurlTransfer::set_proxy(Proxy const* proxy) {
  proxied_ = proxy != nullptr;
  // Always set, so that curl never looks at the environment.
  set(CURLOPT_PROXY, proxied_ ? proxy->url.c_str() : "");
  set(CURLOPT_NOPROXY, "");
  if (!proxied_ || proxy->user.empty()) return;
  set(CURLOPT_PROXYUSERNAME, proxy->user.c_str());
  set(CURLOPT_PROXYPASSWORD, proxy->password.reveal().c_str());
}

Result<void> CurlTransfer::set_tls(TransportSettings& settings) {
  TransportOptions const& options = settings.options();
  if (!options.client_certificate_file.empty()) {
    std::string const& certificate = options.client_certificate_file;
    set(CURLOPT_SSLCERT, certificate.c_str());
    set(CURLOPT_SSLKEY,
        (options.client_key_file.empty() ? certificate : options.client_key_file).c_str());
    set(CURLOPT_KEYPASSWD, "");  // unset, OpenSSL would ask the terminal for one
  }
  set(CURLOPT_SSL_CTX_FUNCTION, &CurlTransfer::on_tls);
  set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
  // The authorities come from on_tls.
  for (CURLoption const option :
       {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH})
    set(option, static_cast<char const*>(nullptr));
  if (options.verify_tls) {
    Result<CertificateStore> const trusted = settings.trusted();
    if (!trusted) return std::unexpected(trusted.error());
    trusted_ = *trusted;
    return {};
  }
  for (CURLoption const option : {CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST,
                                  CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST})
    set(option, 0L);
  return {};
}

CurlTransfer& CurlTransfer::of(CURL* easy) {
  void* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *static_cast<CurlTransfer*>(self);
}

void CurlTransfer::finish(CURLcode code) {
  code_ = code;
  ended_ = true;
  deadline_.cancel();
}

void CurlTransfer::abandon() {
  ended_ = true;
  deadline_.cancel();
}

bool CurlTransfer::used_http2() const {
  return info(CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0;
}

bool CurlTransfer::timed_out() const {
  return !ended_ && deadline_.expiry() <= std::chrono::steady_clock::now();
}

Result<HttpResponse> CurlTransfer::take_result(bool cancelled) {
  if (too_large_) return std::unexpected(too_large_error(place_, *too_large_));
  if (auto refusal = proxy_refusal()) return std::unexpected(*std::move(refusal));
  if (code_ == CURLE_OK) {
    response_.status = static_cast<int>(info(CURLINFO_RESPONSE_CODE));
    return std::move(response_);
  }
  if (code_) return std::unexpected(curl_error(*code_, place_, error_text_.data(), request_sent()));
  if (cancelled || ended_) return std::unexpected(cancelled_error(place_, request_sent()));
  return std::unexpected(deadline_error(place_, request_.timeout, request_sent()));
}

std::optional<Error> CurlTransfer::proxy_refusal() const {
  if (!proxied_ || !code_) return std::nullopt;
  bool const tunnel_refused = *code_ != CURLE_OK;
  long const status = info(tunnel_refused ? CURLINFO_HTTP_CONNECTCODE : CURLINFO_RESPONSE_CODE);
  long const socks = info(CURLINFO_PROXY_ERROR);
  if (status == 407 || (tunnel_refused && status == 401))  // 401: tinyproxy, to a wrong password
    return proxy_authentication_error(place_, status);
  if (socks == CURLPX_NO_AUTH || socks == CURLPX_USER_REJECTED)
    return proxy_authentication_error(place_, 0);
  return std::nullopt;
}

bool CurlTransfer::request_sent() const {
  curl_off_t microseconds = 0;  // before the request: a proxy's CONNECT counts as bytes sent
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  return microseconds > 0 && info(CURLINFO_REQUEST_SIZE) > 0;
}

long CurlTransfer::info(CURLINFO what) const {
  long value = 0;
  curl_easy_getinfo(easy_.get(), what, &value);
  return value;
}

bool CurlTransfer::room_for(std::size_t bytes, std::size_t limit) noexcept {
  received_ += bytes;
  if (received_ > limit) too_large_ = limit;
  return received_ <= limit;
}

void CurlTransfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();  // those before were of an interim response
    return;
  }
  std::size_t const colon = line.find(':');
  if (colon == line.npos) return;
  response_.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
}

std::size_t CurlTransfer::on_send(char* buffer, std::size_t, std::size_t size,
                                  void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  std::size_t const copied = transfer.request_.body.copy(buffer, size, transfer.sent_);
  transfer.sent_ += copied;
  return copied;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.room_for(size, transfer.limit_)) return 0;
  transfer.response_.body.append(data, size);
  return size;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t, std::size_t size,
                                    void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.room_for(size, std::min(transfer.limit_, kMaxHeaderBytes))) return 0;
  transfer.take_header(std::string_view(data, size));
  return size;
}

int CurlTransfer::on_socket_open(void* self, curl_socket_t socket, curlsocktype) noexcept {
  KeepAlive const& keep_alive = static_cast<CurlTransfer*>(self)->keep_alive_;
  auto const set = [socket](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);  // not worth failing the call for
  };
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, keep_alive.idle_seconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, keep_alive.interval_seconds);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, keep_alive.give_up_milliseconds);
  return CURL_SOCKOPT_OK;
}

CURLcode CurlTransfer::on_tls(CURL*, void* context, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  auto* const tls = static_cast<SSL_CTX*>(context);
  if (transfer.trusted_) SSL_CTX_set1_cert_store(tls, transfer.trusted_.get());
  // The context lives as long as its connection, which may be longer than the transfer.
  SSL_CTX_set_ex_data(tls, listener_index(), transfer.listener_);
  SSL_CTX_set_info_callback(tls, &report_http2);
  return CURLE_OK;
}

}  // namespace scaleset::http
