#pragma once

#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// Whose a journal, a folder or a runner on this machine is: the scale set, as GitHub tells scale
/// sets apart (field problem I5). Two ways to write the same scale set are the same key: GitHub
/// ignores the case of names, and a URL may end in a slash or name the usual port.
struct OwnerKey {
  /// `group` is the runner group as it was configured, a name or an id. Errors: those of
  /// parse_url().
  [[nodiscard]] static Result<OwnerKey> make(std::string_view config_url, std::string_view group,
                                             std::string_view name);

  std::string url;    // scheme, host, a port that is not the scheme's, path; in lower case
  std::string group;  // in lower case
  std::string name;   // in lower case

  /// 32 hexadecimal digits, for names of files and folders.
  [[nodiscard]] std::string hash() const;

  friend auto operator<=>(OwnerKey const&, OwnerKey const&) = default;
};

}  // namespace scaleset::base
