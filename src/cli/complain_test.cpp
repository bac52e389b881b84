#include "cli/complain.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <cstdlib>

#include "base/unique_fd.hpp"

namespace scaleset::cli {
namespace {

using base::LogFormat;
using ::testing::HasSubstr;

std::chrono::system_clock::time_point const kNow{};

LogFormat format_of(std::vector<char const*> arguments) {
  return error_format(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Complain, IsOneLineOfText) {
  EXPECT_EQ(complaint("set get", "no \"x\"\nin \033[1m", LogFormat::text, kNow),
            "scaleset set get: no \"x\"\\nin \\u001b[1m\n");
  EXPECT_EQ(complaint("", "no", LogFormat::text, kNow), "scaleset: no\n");
}

TEST(Complain, IsValidJsonWhateverTheTextHolds) {
  auto const line =
      boost::json::parse(complaint("run", "a \"b\" \xff\n", LogFormat::json, kNow)).as_object();
  EXPECT_EQ(line.at("message").as_string(), "a \"b\" \xEF\xBF\xBD\n");
  EXPECT_EQ(line.at("level").as_string(), "error");
  EXPECT_EQ(line.at("component").as_string(), "run");
}

TEST(Complain, NamesFlags) {
  EXPECT_THAT(complaint("token", "give it in ca_bundle_file", LogFormat::text, kNow),
              HasSubstr("give it in --ca-file"));
}

TEST(Complain, KnowsTheFormatBeforeTheArgumentsAreParsed) {
  EXPECT_EQ(format_of({"scaleset", "run", "--log-format", "json"}), LogFormat::json);
  EXPECT_EQ(format_of({"scaleset", "run", "--url", "--log-format=json"}), LogFormat::json);
  EXPECT_EQ(format_of({"scaleset", "run", "--log-format=json", "--log-format=text"}),
            LogFormat::text);
  EXPECT_EQ(format_of({"scaleset", "run", "--log-format"}), LogFormat::text);
  EXPECT_EQ(format_of({"scaleset", "token", "--log-format", "json"}), LogFormat::text);
  EXPECT_EQ(format_of({"scaleset"}), LogFormat::text);
  ::setenv("SCALESET_LOG_FORMAT", "json", 1);
  EXPECT_EQ(format_of({"scaleset", "run"}), LogFormat::json);
  EXPECT_EQ(format_of({"scaleset", "run", "--log-format", "text"}), LogFormat::text);
  EXPECT_EQ(format_of({"scaleset", "token"}), LogFormat::text);
  ::unsetenv("SCALESET_LOG_FORMAT");
}

TEST(Complain, GivesUpIfNobodyReads) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  base::UniqueFd const reading(ends[0]);
  base::UniqueFd const writing(ends[1]);
  std::string const block(4096, '.');
  while (::write(writing.get(), block.data(), block.size()) > 0) continue;
  ::fcntl(writing.get(), F_SETFL, 0);  // as a shell hands it to us: writing blocks
  base::UniqueFd const before(::dup(STDERR_FILENO));
  ::dup2(writing.get(), STDERR_FILENO);
  complain("run", "nobody reads this");
  ::dup2(before.get(), STDERR_FILENO);
}

}  // namespace
}  // namespace scaleset::cli
