#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/curl_transfer.hpp"
#include "http/proxy.hpp"
#include "http/resolver.hpp"

namespace scaleset::http {

/// The names that have to be looked up before a request can be sent.
struct HostNames {
  HostNames() = default;
  struct Name {
    std::string host;
    std::string port;
    bool of_proxy = false;
  };
  std::vector<Name> names;
  std::string place;  // for error texts: what is reached by them
};

/// Null if there are none: everything is an address already. `proxy` is null if none is used. Pure.
[[nodiscard]] std::unique_ptr<HostNames> names_to_find(base::Url const& url, Proxy const* proxy);

/// What has to be known to look for them.
struct NameSearch {
  NameSearch(Resolver* the_resolver, CurlTransfer* the_transfer,
             std::chrono::milliseconds the_connect_timeout, std::function<bool()> is_given_up)
      : resolver(the_resolver),
        transfer(the_transfer),
        connect_timeout(the_connect_timeout),
        given_up(std::move(is_given_up)) {}
  Resolver* resolver;
  CurlTransfer* transfer;
  std::chrono::milliseconds connect_timeout;  // finding the names is a part of connecting
  std::function<bool()> given_up;
};
/// Finds them and gives them to the transfer. False: the transfer has been refused, with an error
/// like those that curl causes itself.
[[nodiscard]] boost::asio::awaitable<bool> find_names(NameSearch search,
                                                      std::unique_ptr<HostNames> names);

}  // namespace scaleset::http
