#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/jwt.hpp"
#include "scaleset/error.hpp"
#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

namespace scaleset::simulator {

/// What a simulator must not forget: the world, and the keys, so that tokens and JIT configurations
/// it gave out stay good.
struct SavedState {
  World world;
  base::RsaPrivateKey token_key;
  base::RsaPrivateKey runner_key;
};

/// Nothing if there is no such file. Errors: io; malformed_response for a corrupt file or one of
/// the other profile.
[[nodiscard]] Result<std::optional<SavedState>> load_state(std::filesystem::path const& path,
                                                           Profile profile, Timestamp now);

/// Writes the file again and again; what never changes is put into words once.
class StateWriter {
 public:
  StateWriter(std::filesystem::path path, Profile profile, base::RsaPrivateKey const& token_key,
              base::RsaPrivateKey const& runner_key);
  /// By rename, mode 0600. Survives the end of this process at any moment; no fsync, so not the
  /// machine's.
  [[nodiscard]] Result<void> write(World const& world) const;

 private:
  std::filesystem::path path_;
  std::string head_;  // {"format":1,...,"world":
};

}  // namespace scaleset::simulator
