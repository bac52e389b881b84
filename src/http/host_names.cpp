#include "http/host_names.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <string_view>
#include <utility>

#include "base/resource_limit.hpp"
#include "base/url.hpp"
#include "http/curl_failure.hpp"

namespace scaleset::http {
namespace {

/// Whether curl needs no look-up for it: an address, or this machine, for which curl never asks.
bool is_known(std::string const& host) {
  if (host.starts_with('[') || host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code error;
  boost::asio::ip::make_address_v4(host, error);
  return !error;
}

Error error_of(Error const& cause, HostNames const& names, HostNames::Name const& name,
               CurlTransfer const& transfer, std::chrono::milliseconds waited) {
  if (cause.code == ErrorCode::cancelled) return cancelled_error(names.place, false);
  CurlFailure failure;
  std::string text;
  if (cause.code == ErrorCode::timeout) {
    if (transfer.timed_out()) return deadline_error(names.place, transfer.timeout(), false);
    failure.code = CURLE_OPERATION_TIMEDOUT;
    text = "Resolving timed out after " + std::to_string(waited.count()) + " milliseconds";
  } else {
    failure.code = name.of_proxy ? CURLE_COULDNT_RESOLVE_PROXY : CURLE_COULDNT_RESOLVE_HOST;
    text = std::string("Could not resolve ") + (name.of_proxy ? "proxy: " : "host: ") + name.host +
           " (" + cause.message + ")";
  }
  failure.text = text;
  failure.limit_reached = base::descriptors_exhausted(base::kDescriptorsOfAConnection);
  return curl_error(failure, names.place, false);
}

}  // namespace

std::unique_ptr<HostNames> names_to_find(base::Url const& url, Proxy const* proxy) {
  auto found = std::make_unique<HostNames>();
  auto const add = [&found](std::string const& host, std::string port, bool of_proxy) {
    if (!is_known(host)) found->names.push_back({host, std::move(port), of_proxy});
  };
  found->place = place_of(url);
  if (proxy != nullptr) {
    add(proxy->host, proxy->port, true);
    found->place.append(" through the proxy ").append(proxy->place);
  }
  if (proxy == nullptr || proxy->wants_addresses()) {
    std::string const standard_port = url.scheme == "https" ? "443" : "80";
    add(url.host, url.port.empty() ? standard_port : url.port, false);
  }
  if (found->names.empty()) return nullptr;
  return found;
}

boost::asio::awaitable<bool> find_names(NameSearch search, std::unique_ptr<HostNames> names) {
  for (HostNames::Name const& name : names->names) {
    auto const longest = std::min(search.connect_timeout, search.transfer->time_left());
    auto addresses = co_await search.resolver->find(name.host, longest, search.given_up);
    if (!addresses) {
      search.transfer->never_start(
          error_of(addresses.error(), *names, name, *search.transfer, longest));
      co_return false;
    }
    search.transfer->set_addresses(name.host, name.port, *addresses);
  }
  co_return true;
}

}  // namespace scaleset::http
