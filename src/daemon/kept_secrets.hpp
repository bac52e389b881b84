#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "scaleset/options.hpp"

namespace scaleset::daemon {

/// Secrets as they were when they were read last, so that nobody who needs one on the loop waits
/// for a disk (ADR 60). They are read where waiting is allowed: at the start, and on a thread of
/// the pool. May be used on any thread.
class KeptSecrets {
 public:
  /// The same credentials with readers that never wait: they return what was read last, which is
  /// what is read now at first. A token or a key that cannot be used is kept as the error that says
  /// why. A TokenProvider and a signer run on threads of their own, and are left as they are.
  [[nodiscard]] Credentials keep(Credentials credentials);
  /// The same for a secret that may be any text.
  [[nodiscard]] SecretReader keep_text(SecretReader reader);

  /// Reads all again that somebody still has a reader of. Waits.
  void read_again();
  /// What is wrong with them, one line each.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  class Kept;
  [[nodiscard]] SecretReader keep(std::string kind, std::string source,
                                  SecretReader::Function read);
  [[nodiscard]] std::vector<std::shared_ptr<Kept>> all() const;

  mutable std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Kept>> kept_;  // by kind and source
};

}  // namespace scaleset::daemon
