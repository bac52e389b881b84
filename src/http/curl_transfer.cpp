#include "http/curl_transfer.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <new>
#include <stdexcept>

#include "base/header_lookup.hpp"
#include "base/url.hpp"
#include "http/curl_failure.hpp"

namespace scaleset::http {
namespace {

// Below the time that usual NAT gateways remember a silent connection for.
constexpr long kKeepAliveIdleSeconds = 30;
constexpr long kKeepAliveIntervalSeconds = 15;
// How long sent bytes may stay without the peer's acknowledgement: finds a dead network long before
// a poll's deadline.
constexpr int kUnacknowledgedMilliseconds = 20000;
// Polls are many and mostly silent; each keeps a buffer of that size.
constexpr long kPollBufferBytes = 4096;
constexpr std::size_t kMaxUrlBytes = 64U << 10U;

std::unexpected<Error> refuse(std::string message) {
  Error error(ErrorCode::invalid_argument, std::move(message));
  error.request_sent = false;
  return std::unexpected(std::move(error));
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

}  // namespace

Result<std::unique_ptr<CurlTransfer>> CurlTransfer::make(
    boost::asio::any_io_executor const& executor, TransportOptions const& options,
    HttpRequest request) {
  if (request.url.size() > kMaxUrlBytes) return refuse("the URL is too long");
  Result<base::Url> const url = base::parse_url(request.url);
  if (!url) return refuse(url.error().message);
  if (url->scheme != "http" && url->scheme != "https") {
    return refuse("the URL scheme '" + url->scheme + "' is not supported; use https or http");
  }
  if (auto const problem = check_headers(request.headers)) return refuse(problem->message);
  std::unique_ptr<CurlTransfer> transfer(
      new CurlTransfer(executor, std::move(request), place_of(*url), options.max_response_bytes));
  transfer->set_request();
  transfer->set_headers();
  transfer->set_connection(options);
  transfer->set_tls_and_proxy(options);
  return transfer;
}

CurlTransfer::CurlTransfer(boost::asio::any_io_executor const& executor, HttpRequest request,
                           std::string place, std::size_t limit)
    : request_(std::move(request)),
      place_(std::move(place)),
      limit_(limit),
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
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set(CURLOPT_TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  set(CURLOPT_SOCKOPTFUNCTION, &CurlTransfer::on_socket_open);
  if (request_.traffic == TrafficClass::long_poll) set(CURLOPT_BUFFERSIZE, kPollBufferBytes);
}

void CurlTransfer::set_tls_and_proxy(TransportOptions const& options) {
  // Always set, so that curl never looks at the environment.
  set(CURLOPT_PROXY, options.proxy.value_or("").c_str());
  set(CURLOPT_NOPROXY, options.no_proxy.c_str());
  if (!options.ca_bundle_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_bundle_file.c_str());
    set(CURLOPT_PROXY_CAINFO, options.ca_bundle_file.c_str());
  }
  if (options.verify_tls) return;
  set(CURLOPT_SSL_VERIFYPEER, 0L);
  set(CURLOPT_SSL_VERIFYHOST, 0L);
  set(CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
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
  long version = CURL_HTTP_VERSION_NONE;
  curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_VERSION, &version);
  return version == CURL_HTTP_VERSION_2_0;
}

Result<HttpResponse> CurlTransfer::take_result(bool cancelled) {
  if (too_large_) return std::unexpected(too_large_error(place_, limit_));
  if (code_ == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    return std::move(response_);
  }
  if (code_) return std::unexpected(curl_error(*code_, place_, error_text_.data(), request_sent()));
  if (cancelled || ended_) return std::unexpected(cancelled_error(place_, request_sent()));
  return std::unexpected(deadline_error(place_, request_.timeout, request_sent()));
}

bool CurlTransfer::request_sent() const {
  long bytes = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

bool CurlTransfer::room_for(std::size_t bytes) noexcept {
  too_large_ = bytes > limit_ - received_;
  if (!too_large_) received_ += bytes;
  return !too_large_;
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
  if (!transfer.room_for(size)) return 0;
  transfer.response_.body.append(data, size);
  return size;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t, std::size_t size,
                                    void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.room_for(size)) return 0;
  transfer.take_header(std::string_view(data, size));
  return size;
}

int CurlTransfer::on_socket_open(void*, curl_socket_t socket, curlsocktype) noexcept {
  // Neither is worth failing the call for.
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMilliseconds,
               sizeof kUnacknowledgedMilliseconds);
  return CURL_SOCKOPT_OK;
}

}  // namespace scaleset::http
