#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "cli/testing/call.hpp"
#include "simulator/front/testing/simulator_thread.hpp"

/// For tests only: the whole program in this process, and a service for it.
namespace scaleset::cli::testing {

using Words = std::vector<std::string>;

inline Words lines(std::string const& text) {
  Words all;
  for (std::size_t from = 0; from < text.size();) {
    auto const end = text.find('\n', from);
    all.push_back(text.substr(from, end - from));
    from = end == std::string::npos ? text.size() : end + 1;
  }
  return all;
}

inline Words split(std::string const& text) {
  Words words;
  for (std::size_t from = 0; from < text.size();) {
    auto const end = std::min(text.find(' ', from), text.size());
    words.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

/// What the shell that runs the tests has set must not change what they see.
inline void forget_own_variables() {
  Words names{"GITHUB_TOKEN"};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string const text = *entry;
    if (text.starts_with("SCALESET_")) names.push_back(text.substr(0, text.find('=')));
  }
  for (std::string const& name : names) ::unsetenv(name.c_str());
}

class CommandsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    forget_own_variables();
    simulator::SimulatorOptions options;
    options.model.extra_groups = {"Big"};
    service = std::make_unique<SimulatorThread>(std::move(options));
  }
  static void TearDownTestSuite() { service.reset(); }

  CommandsTest() {
    EXPECT_TRUE(base::write_file_atomically(token, "ghp_secret"));
    // Of an organization that no other test uses.
    std::string const test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    url = service->url() + "/" + test;
  }

  /// A good call of a command, by the words that follow "scaleset".
  [[nodiscard]] Outcome of(std::string const& text) const { return of_words(split(text)); }
  [[nodiscard]] Outcome of_words(Words words) const {
    words.insert(words.end(), {"--url", url, "--token-file", token});
    return call(words);
  }
  /// What a call that must succeed without a message answers.
  boost::json::value answer(std::string const& text) const {  // NOLINT(modernize-use-nodiscard)
    auto const outcome = of(text);
    EXPECT_EQ(outcome.code, kExitSuccess) << text << ": " << outcome.err;
    EXPECT_EQ(outcome.err, "") << text;
    return outcome.code == kExitSuccess ? boost::json::parse(outcome.out) : nullptr;
  }

  static inline std::unique_ptr<SimulatorThread> service;
  base::TemporaryDirectory folder;
  std::string token = folder.path() / "token";
  std::string url;
};

}  // namespace scaleset::cli::testing
