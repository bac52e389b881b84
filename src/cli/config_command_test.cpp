#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "config/print.hpp"

namespace scaleset::cli {
namespace {

using ::testing::HasSubstr;

TEST(ConfigReference, TheDocumentHasWhatTheProgramSays) {
  std::filesystem::path const document =
      std::filesystem::path(SCALESET_SOURCE_DIR) / "docs/configuration.md";
  auto const text = base::read_file(document);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr(config::reference()))
      << "run: scaleset config reference, and replace the part of the document";
}

}  // namespace
}  // namespace scaleset::cli
