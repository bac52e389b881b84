#include "base/journal_stream.hpp"

#include <sys/stat.h>

#include "base/whole_number.hpp"

namespace scaleset::base {

bool leads_to_journal(int descriptor, char const* journal_stream) noexcept {
  if (journal_stream == nullptr) return false;
  std::string_view const text = journal_stream;
  auto const colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  auto const device = whole_number<std::uint64_t>(text.substr(0, colon));
  auto const inode = whole_number<std::uint64_t>(text.substr(colon + 1));
  struct stat about{};
  if (!device || !inode || ::fstat(descriptor, &about) != 0) return false;
  return about.st_dev == *device && about.st_ino == *inode;
}

std::string_view journal_prefix(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::trace:
    case LogLevel::debug: return "<7>";
    case LogLevel::info: return "<6>";
    case LogLevel::warn: return "<4>";
    case LogLevel::error: return "<3>";
  }
  return "<6>";
}

}  // namespace scaleset::base
