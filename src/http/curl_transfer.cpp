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
#include "base/resource_limit.hpp"
#include "base/url.hpp"
#include "http/curl_failure.hpp"
#include "http/redirect.hpp"

namespace scaleset::http {
namespace {

// There are many polls, they are mostly silent, and each keeps a buffer of this size. It is the
// smallest that curl accepts.
constexpr long kPollBufferBytes = 1024;
// When thousands of scale sets call at the same moment, buffers of curl's usual sizes (16 and 64
// KiB) would take hundreds of megabytes for messages of a few.
constexpr long kCallBufferBytes = 4096;
constexpr long kUploadBufferBytes = 16384;  // the smallest that curl accepts
// URLs and headers come from the service, too; no limit would let it fill the memory.
constexpr std::size_t kMaxUrlBytes = 64U << 10U;
constexpr std::size_t kMaxHeaderBytes = 256U << 10U;

std::unexpected<Error> refuse(Error error) {
  error.request_sent = false;
  return std::unexpected(std::move(error));
}

std::unexpected<Error> refuse(std::string message) {
  return refuse(Error(ErrorCode::invalid_argument, std::move(message)));
}

/// A line break in a header would end it and begin another, which the caller did not mean to send.
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

bool has_body(HttpMethod method, std::string_view body) {
  return method == HttpMethod::post || method == HttpMethod::patch || method == HttpMethod::put ||
         !body.empty();
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

/// OpenSSL calls this during every handshake. The protocol is known when the handshake is done.
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
  if (request.url.size() > kMaxUrlBytes)
    return refuse("the URL is longer than the limit of " + std::to_string(kMaxUrlBytes) + " bytes");
  Result<base::Url> const url = base::parse_url(request.url);
  if (!url) return refuse(url.error().message);
  if (url->scheme != "http" && url->scheme != "https") {
    return refuse("the URL scheme '" + url->scheme + "' is not supported; use https or http");
  }
  if (auto const problem = check_headers(request.headers)) return refuse(problem->message);
  settings.look_for_clear_text(*url);
  Proxy const* const proxy = settings.proxy_for(*url);
  std::unique_ptr<CurlTransfer> transfer(new CurlTransfer(executor, settings, proxy, request));
  transfer->set_request(request, url->to_string());
  transfer->set_headers(request.headers);
  transfer->set_connection(url->scheme == "https");
  transfer->set_proxy();
  if (url->scheme == "https" || (proxy != nullptr && proxy->url.starts_with("https:"))) {
    Result<void> const ready = transfer->set_tls(settings);
    if (!ready) return refuse(ready.error());
  }
  return transfer;
}

CurlTransfer::CurlTransfer(boost::asio::any_io_executor const& executor,
                           TransportSettings const& settings, Proxy const* proxy,
                           HttpRequest& request)
    : method_(request.method),
      traffic_(request.traffic),
      timeout_(request.timeout),
      body_(std::move(request.body)),
      settings_(settings),
      proxy_(proxy),
      easy_(curl_easy_init()),
      deadline_(executor, timeout_) {
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

void CurlTransfer::set_request(HttpRequest const& request, std::string const& url) {
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  // The URL as it was parsed, so that curl connects to what the proxy rules were asked about.
  set(CURLOPT_URL, url.c_str());
  bool const body = has_body(method_, body_);
  if (body) set_body(request.may_repeat);
  if (body || method_ != HttpMethod::get)
    set(CURLOPT_CUSTOMREQUEST, std::string(to_string(method_)).c_str());
  // As GitHub's client does (protocol.md 4.1). curl unpacks the body before on_body(), so the limit
  // on its size counts the unpacked bytes.
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  // Otherwise a proxy's headers would be mixed with those of the service.
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void CurlTransfer::set_body(bool may_repeat) {
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  if (may_repeat) {
    set(CURLOPT_POSTFIELDS, body_.c_str());
  } else {
    // When a kept connection turns out to be dead, curl repeats the request by itself, although the
    // service may have acted on the first one (W-8). curl cannot repeat a body that can be read
    // only once and not be rewound.
    set(CURLOPT_READFUNCTION, &CurlTransfer::on_send);
    set(CURLOPT_READDATA, static_cast<void*>(this));
  }
}

void CurlTransfer::set_headers(HeaderList const& headers) {
  for (auto const& [name, value] : headers) {
    // In curl's notation, "Name:" removes a header and "Name;" sends it with an empty value.
    std::string line = name;
    line.append(value.empty() ? ";" : ": ").append(value);
    append(headers_, line);
  }
  auto const leave_out = [this, &headers](std::string const& name) {
    if (base::find_header(headers, name).empty()) append(headers_, name + ":");
  };
  leave_out("Accept");  // curl would add it, and the next two to every body
  if (has_body(method_, body_)) {
    leave_out("Content-Type");
    leave_out("Expect");
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void CurlTransfer::append(List& list, std::string const& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

void CurlTransfer::set_addresses(std::string const& host, std::string const& port,
                                 Addresses const& addresses) {
  // '+': they replace those that an earlier transfer brought, and do not stay for ever.
  std::string line = "+" + host + ":" + port + ":";
  for (std::string const& address : addresses) {
    if (&address != &addresses.front()) line += ',';
    line += address.contains(':') ? "[" + address + "]" : address;
  }
  append(addresses_, line);
  set(CURLOPT_RESOLVE, addresses_.get());
  // However long this transfer waits for a connection, curl must not look the name up by itself.
  set(CURLOPT_DNS_CACHE_TIMEOUT, -1L);
}

void CurlTransfer::set_connection(bool tls) {
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  // on_tls() sets the certificate authorities. curl's own would be copied into every handle.
  for (CURLoption const option :
       {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH})
    set(option, static_cast<char const*>(nullptr));
  // curl would keep the store of the first connection for a day, also after read_again().
  set(CURLOPT_CA_CACHE_TIMEOUT, 0L);
  // redirected() decides which redirects are followed.
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // If a connection is being made, wait to see whether it can be shared. Not without TLS: there
  // curl knows that only when the first response arrives, so one held poll would hold up all
  // others.
  set(CURLOPT_PIPEWAIT, tls ? 1L : 0L);
  // A library must not install signal handlers, which curl does for its timeouts without this.
  set(CURLOPT_NOSIGNAL, 1L);
  // Without this, ending a transfer while its host name is being resolved would block the loop
  // until the resolver has finished.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.options().connect_timeout.count()));
  set(CURLOPT_SOCKOPTFUNCTION, &CurlTransfer::on_socket_open);
  set(CURLOPT_SOCKOPTDATA, static_cast<void*>(this));
  set(CURLOPT_BUFFERSIZE,
      traffic_ == TrafficClass::long_poll ? kPollBufferBytes : kCallBufferBytes);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
}

void CurlTransfer::set_proxy() {
  // Always set, so that curl never looks at the environment.
  set(CURLOPT_PROXY, proxy_ == nullptr ? "" : proxy_->url.c_str());
  if (proxy_ == nullptr) return;
  // TransportSettings::proxy_for() has already applied no_proxy.
  set(CURLOPT_NOPROXY, "");
  if (proxy_->user.empty()) return;
  set(CURLOPT_PROXYUSERNAME, proxy_->user.c_str());
  set(CURLOPT_PROXYPASSWORD, proxy_->password.reveal().c_str());
}

Result<void> CurlTransfer::set_tls(TransportSettings& settings) {
  TransportOptions const& options = settings.options();
  if (!options.client_certificate_file.empty()) {
    std::string const& certificate = options.client_certificate_file;
    set(CURLOPT_SSLCERT, certificate.c_str());
    set(CURLOPT_SSLKEY,
        (options.client_key_file.empty() ? certificate : options.client_key_file).c_str());
    set(CURLOPT_KEYPASSWD, "");  // otherwise OpenSSL would ask for a passphrase on the terminal
  }
  set(CURLOPT_SSL_CTX_FUNCTION, &CurlTransfer::on_tls);
  set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
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

std::chrono::milliseconds CurlTransfer::time_left() const {
  auto const left = deadline_.expiry() - std::chrono::steady_clock::now();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0));
}

bool CurlTransfer::timed_out() const {
  return !ended_ && deadline_.expiry() <= std::chrono::steady_clock::now();
}

Result<HttpResponse> CurlTransfer::take_result(bool cancelled) {
  // The order matters: the first two end the transfer with an error of curl that says less.
  if (too_large_) return std::unexpected(too_large_error(place(), *too_large_));
  if (auto refusal = proxy_refusal()) return std::unexpected(*std::move(refusal));
  if (refusal_) return std::unexpected(std::move(*refusal_));
  if (code_ == CURLE_OK) return std::move(response());
  if (code_) return std::unexpected(curl_error(failure(), place(), request_sent()));
  // No code of curl, so the transfer was ended from outside: by its caller, by shut_down(), or else
  // by its deadline.
  if (cancelled || ended_) return std::unexpected(cancelled_error(place(), request_sent()));
  return std::unexpected(deadline_error(place(), timeout_, request_sent()));
}

bool CurlTransfer::redirected() {
  if (code_ != CURLE_OK || too_large_) return false;
  response().status = static_cast<int>(info(CURLINFO_RESPONSE_CODE));
  auto const target = redirect_target(method_, std::string(url()), response(), redirects_);
  if (!target) refusal_ = std::make_unique<Error>(target.error());
  if (!target || !*target) return false;
  ++redirects_;
  // Only redirects to the same host are followed, so the proxy and the certificates stay the same.
  set(CURLOPT_URL, (*target)->c_str());
  // The same handle goes on, with all its options (ADR 29); only what belongs to one exchange is
  // reset.
  sent_ = 0;
  received_headers_ = 0;
  received_body_ = 0;
  response_.reset();
  code_.reset();
  ended_ = false;
  return true;
}

std::optional<Error> CurlTransfer::proxy_refusal() const {
  if (proxy_ == nullptr || !code_) return std::nullopt;
  bool const tunnel_refused = *code_ != CURLE_OK;
  long const status = info(tunnel_refused ? CURLINFO_HTTP_CONNECTCODE : CURLINFO_RESPONSE_CODE);
  long const socks = info(CURLINFO_PROXY_ERROR);
  // tinyproxy answers a wrong password with 401 instead of 407.
  if (status == 407 || (tunnel_refused && status == 401))
    return proxy_authentication_error(place(), status);
  if (socks == CURLPX_NO_AUTH || socks == CURLPX_USER_REJECTED)
    return proxy_authentication_error(place(), 0);
  return std::nullopt;
}

CurlFailure CurlTransfer::failure() const {
  long const of_proxy = info(CURLINFO_PROXY_SSL_VERIFYRESULT);
  return {*code_, error_text_.data(), of_proxy != 0 ? of_proxy : info(CURLINFO_SSL_VERIFYRESULT),
          base::descriptors_exhausted(base::kDescriptorsOfAConnection)};
}

bool CurlTransfer::request_sent() const {
  // The size alone is not enough: it also counts the CONNECT that is sent to a proxy.
  curl_off_t microseconds = 0;  // until just before the request itself is sent
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  return microseconds > 0 && info(CURLINFO_REQUEST_SIZE) > 0;
}

long CurlTransfer::info(CURLINFO what) const {
  long value = 0;
  curl_easy_getinfo(easy_.get(), what, &value);
  return value;
}

std::string_view CurlTransfer::url() const {
  char const* text = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &text);
  return text;
}

std::string CurlTransfer::place() const {
  Result<base::Url> const parsed = base::parse_url(url());
  std::string place = parsed ? place_of(*parsed) : std::string();
  if (proxy_ != nullptr) place.append(" through the proxy ").append(proxy_->place);
  return place;
}

bool CurlTransfer::room_for(std::size_t bytes, std::size_t& received, std::size_t limit) noexcept {
  received += bytes;
  if (received > limit) too_large_ = limit;
  return received <= limit;
}

HttpResponse& CurlTransfer::response() {
  if (!response_) response_ = std::make_unique<HttpResponse>();
  return *response_;
}

void CurlTransfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    response().headers.clear();  // any headers so far belong to an interim response
    return;
  }
  std::size_t const colon = line.find(':');
  if (colon == line.npos) return;
  response().headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
}

std::size_t CurlTransfer::on_send(char* buffer, std::size_t, std::size_t size,
                                  void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  std::size_t const copied = transfer.body_.copy(buffer, size, transfer.sent_);
  transfer.sent_ += copied;
  return copied;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  // curl ends the transfer when it gets back less than the size.
  if (!transfer.room_for(size, transfer.received_body_,
                         transfer.settings_.options().max_response_bytes))
    return 0;
  transfer.response().body.append(data, size);
  return size;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t, std::size_t size,
                                    void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  std::size_t const limit = transfer.settings_.options().max_response_bytes;
  if (!transfer.room_for(size, transfer.received_headers_, std::min(limit, kMaxHeaderBytes)))
    return 0;
  transfer.take_header(std::string_view(data, size));
  return size;
}

int CurlTransfer::on_socket_open(void* self, curl_socket_t socket, curlsocktype) noexcept {
  auto const& transfer = *static_cast<CurlTransfer*>(self);
  KeepAlive const keep_alive = keep_alive_for(transfer.settings_.options().tcp_keepalive);
  auto const set = [socket](int level, int option, int value) {
    // The call works without the option too, so a failure is ignored.
    ::setsockopt(socket, level, option, &value, sizeof value);
  };
  // Runners are child processes and must not inherit the socket.
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
  // The TLS context lives as long as its connection, which may outlive this transfer. So it points
  // to the listener, which outlives both.
  SSL_CTX_set_ex_data(tls, listener_index(), transfer.listener_);
  SSL_CTX_set_info_callback(tls, &report_http2);
  return CURLE_OK;
}

}  // namespace scaleset::http
