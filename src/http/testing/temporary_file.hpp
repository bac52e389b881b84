#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

/// For tests only.
namespace scaleset::http::testing {

/// A file with that text, for as long as the object lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string const& text) {
    ::close(::mkstemp(path_.data()));
    std::ofstream(path_) << text;
  }
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "/scaleset-XXXXXX";
};

}  // namespace scaleset::http::testing
