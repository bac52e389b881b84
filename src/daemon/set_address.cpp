#include "daemon/set_address.hpp"

#include "base/ascii.hpp"

namespace scaleset::daemon {
namespace {

constexpr std::size_t kListed = 10;  // in a message

std::string listed(std::vector<std::string> const& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kListed; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kListed) text += " and " + std::to_string(names.size() - kListed) + " more";
  return text;
}

/// The key of a group that was given by its id begins with a space.
std::string group_of(base::OwnerKey const& owner) {
  auto const begin = owner.group.find_first_not_of(' ');
  return begin == std::string::npos ? owner.group : owner.group.substr(begin);
}

}  // namespace

std::string address_of(base::OwnerKey const& owner) {
  return owner.url + "/" + group_of(owner) + "/" + owner.name;
}

std::string label_of(base::OwnerKey const& owner) {
  constexpr std::string_view kUsual = "https://github.com/";
  std::string label = owner.url;
  if (label.starts_with(kUsual))
    label.erase(0, kUsual.size());
  else if (auto const host = label.find("://"); host != std::string::npos)
    label.erase(0, host + 3);
  if (owner.group != "default") label += "/" + group_of(owner);
  return label + "/" + owner.name;
}

Result<std::size_t> find_set(std::vector<base::OwnerKey> const& owners, std::string_view which) {
  std::string const wanted = base::ascii_lower(which);
  std::vector<std::size_t> found;
  std::vector<std::string> all;
  std::vector<std::string> meant;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    all.push_back(owners[i].name);
    std::string const address = address_of(owners[i]);
    if (address == wanted) return i;
    if (owners[i].name != wanted && label_of(owners[i]) != wanted) continue;
    found.push_back(i);
    meant.push_back(address);
  }
  if (found.size() == 1) return found.front();
  std::string const name = "\"" + std::string(which) + "\"";
  if (found.empty())
    return fail(ErrorCode::not_found,
                "this autoscaler serves no scale set " + name +
                    (all.empty() ? "; it serves none now" : "; it serves " + listed(all)));
  return fail(ErrorCode::ambiguous_result,
              "there is more than one scale set " + name + "; give one of " + listed(meant));
}

}  // namespace scaleset::daemon
