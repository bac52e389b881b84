#include "cli/list_flag.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ListFlag, TrimsElementsAndKeepsTheirCase) {
  EXPECT_THAT(read_list("Linux, gpu ,\tx64", Case::is_ignored).value(),
              ElementsAre("Linux", "gpu", "x64"));
  EXPECT_THAT(read_list("two words", Case::is_ignored).value(), ElementsAre("two words"));
}

TEST(ListFlag, RefusesEmptyAndRepeatedElements) {
  for (char const* const wrong : {"", " ", ",", "a,", ",a", "a,,b", "a, ,b"})
    EXPECT_THAT(read_list(wrong, Case::is_ignored).error().message, HasSubstr("empty")) << wrong;
  EXPECT_EQ(read_list("gpu,linux, GPU", Case::is_ignored).error().message, "has \"GPU\" twice");
  EXPECT_EQ(read_list("a,a", Case::matters).error().message, "has \"a\" twice");
  EXPECT_THAT(read_list("http_proxy,HTTP_PROXY", Case::matters).value(),
              ElementsAre("http_proxy", "HTTP_PROXY"));
}

TEST(ListFlag, TakesOneArgumentAndNamesItself) {
  CLI::App command{"test"};
  std::vector<std::string> labels;
  std::string name;
  add_list(command, "--labels", Case::is_ignored, labels, "Labels");
  command.add_option("NAME", name);
  command.parse(std::vector<std::string>{"my-set", "a,b", "--labels"});  // the last comes first
  EXPECT_THAT(labels, ElementsAre("a", "b"));
  EXPECT_EQ(name, "my-set");
  try {
    command.parse(std::vector<std::string>{"a,a", "--labels"});
    FAIL();
  } catch (CLI::ParseError const& error) {
    EXPECT_STREQ(error.what(), "--labels has \"a\" twice");
  }
}

}  // namespace
}  // namespace scaleset::cli
