#include "base/journal_stream.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/unique_fd.hpp"

namespace scaleset::base {
namespace {

class JournalStream : public ::testing::Test {
 protected:
  JournalStream() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    reading = UniqueFd(ends[0]);
    writing = UniqueFd(ends[1]);
    struct stat about{};
    EXPECT_EQ(::fstat(writing.get(), &about), 0);
    device = std::to_string(about.st_dev);
    inode = std::to_string(about.st_ino);
  }
  [[nodiscard]] bool leads(std::string const& variable) const {
    return leads_to_journal(writing.get(), variable.c_str());
  }

  UniqueFd reading;
  UniqueFd writing;
  std::string device;
  std::string inode;
};

TEST_F(JournalStream, IsTheDescriptorThatTheVariableNames) {
  EXPECT_TRUE(leads(device + ":" + inode));
  EXPECT_FALSE(leads(device + ":" + inode + "0"))
      << "another stream: the output was sent elsewhere";
  EXPECT_FALSE(leads(device + "0:" + inode));
}

TEST_F(JournalStream, IsNoneWithoutAUsableVariable) {
  EXPECT_FALSE(leads_to_journal(writing.get(), nullptr));
  for (std::string const& wrong : {std::string(), std::string(":"), device, device + ":",
                                   ":" + inode, device + ":" + inode + "x", device + " :" + inode})
    EXPECT_FALSE(leads(wrong)) << wrong;
  EXPECT_FALSE(leads_to_journal(-1, (device + ":" + inode).c_str()));
}

TEST_F(JournalStream, PrioritiesAreThoseOfSyslog) {
  EXPECT_EQ(journal_prefix(LogLevel::debug), "<7>");
  EXPECT_EQ(journal_prefix(LogLevel::info), "<6>");
  EXPECT_EQ(journal_prefix(LogLevel::warn), "<4>");
  EXPECT_EQ(journal_prefix(LogLevel::error), "<3>");
}

}  // namespace
}  // namespace scaleset::base
