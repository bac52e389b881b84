#include "base/exposure.hpp"

#include <sys/stat.h>

namespace scaleset::base {

std::string exposure_of(std::filesystem::path const& file) {
  struct stat about{};
  // Only a file: what a shell's <(...) makes is a pipe.
  if (file.empty() || ::stat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return "";
  if ((about.st_mode & (S_IRGRP | S_IROTH)) == 0) return "";
  std::string const name = file.string();
  return "other users of this machine may read " + name +
         ", which holds a secret; run: chmod 600 " + name;
}

}  // namespace scaleset::base
