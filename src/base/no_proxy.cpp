#include "base/no_proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/ascii.hpp"
#include "base/whole_number.hpp"

namespace scaleset::base {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;  // 4 or 16
};

struct Target {
  std::string host;  // in lower case, without brackets and without a dot at the end
  std::string_view port;
  std::optional<Address> address;
};

std::optional<Address> parse_address(std::string const& text) {
  Address address;
  if (::inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
    return address;
  }
  if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.size = 16;
  static constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};
  if (std::equal(mapped.begin(), mapped.end(), address.bytes.begin())) {  // ::ffff:10.0.0.1
    std::rotate(address.bytes.begin(), address.bytes.begin() + 12, address.bytes.end());
    address.size = 4;
  }
  return address;
}

bool equal_bits(Address const& left, Address const& right, unsigned bits) {
  if (left.size != right.size || bits > left.size * 8) return false;
  unsigned const whole = bits / 8;
  if (!std::equal(left.bytes.begin(), left.bytes.begin() + whole, right.bytes.begin()))
    return false;
  unsigned const rest = bits % 8;
  if (rest == 0) return true;
  return ((left.bytes[whole] ^ right.bytes[whole]) >> (8U - rest)) == 0;
}

bool matches_range(std::string_view entry, std::size_t slash, Target const& target) {
  if (!target.address) return false;
  std::optional<Address> const base = parse_address(std::string(entry.substr(0, slash)));
  std::string_view const digits = entry.substr(slash + 1);
  std::optional<unsigned> const bits = whole_number<unsigned>(digits);
  return base && bits && equal_bits(*base, *target.address, *bits);
}

/// Removes ":port" from the entry, and the brackets from what is left. The result is the port.
std::string_view take_port(std::string_view& entry) {
  std::size_t const colon = entry.rfind(':');
  std::size_t const bracket = entry.rfind(']');
  bool const bare_ipv6 = bracket == entry.npos && entry.find(':') != colon;
  std::string_view port;
  if (colon != entry.npos && !bare_ipv6 && (bracket == entry.npos || colon > bracket)) {
    port = entry.substr(colon + 1);
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  return port;
}

/// "example.com" means the host and everything below it, ".example.com" and "*.example.com" only
/// what is below, as in Go.
bool matches_name(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.ends_with('.')) entry.remove_suffix(1);
  if (entry.empty() || !host.ends_with(entry)) return false;
  if (entry.starts_with('.')) return host.size() > entry.size();
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

bool matches(std::string_view entry, Target const& target) {
  if (entry == "*") return true;
  if (std::size_t const slash = entry.find('/'); slash != entry.npos)
    return matches_range(entry, slash, target);
  std::string_view const port = take_port(entry);
  if (!port.empty() && port != target.port) return false;
  std::optional<Address> const address = parse_address(std::string(entry));
  if (!address) return !target.address && matches_name(entry, target.host);
  return target.address &&
         equal_bits(*address, *target.address, static_cast<unsigned>(address->size) * 8);
}

Target target_of(Url const& url) {
  Target target;
  target.host = ascii_lower(url.host);
  if (target.host.starts_with('[') && target.host.ends_with(']'))
    target.host = target.host.substr(1, target.host.size() - 2);
  if (target.host.ends_with('.')) target.host.pop_back();
  target.port = url.port;
  if (url.port.empty()) target.port = url.scheme == "https" ? "443" : "80";
  target.address = parse_address(target.host);
  return target;
}

}  // namespace

bool bypasses_proxy(std::string_view no_proxy, Url const& url) {
  constexpr std::string_view separators = ", \t\r\n";
  Target const target = target_of(url);
  std::string const list = ascii_lower(no_proxy);
  std::string_view rest = list;
  while (true) {
    std::size_t const begin = rest.find_first_not_of(separators);
    if (begin == rest.npos) return false;
    rest.remove_prefix(begin);
    std::size_t const size = std::min(rest.find_first_of(separators), rest.size());
    if (matches(rest.substr(0, size), target)) return true;
    rest.remove_prefix(size);
  }
}

}  // namespace scaleset::base
