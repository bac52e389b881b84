#include "scaleset/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <sstream>
#include <type_traits>

namespace scaleset::inline v0 {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, T const& value) { out << value; };

static_assert(!Printable<Secret>, "a secret must not be printable");
static_assert(!std::equality_comparable<Secret>, "a secret must not be comparable by accident");
static_assert(!std::is_convertible_v<Secret, std::string>,
              "a secret must not turn into a string by itself");

TEST(Secret, RevealsWhatItWasGiven) { EXPECT_EQ(Secret("token").reveal(), "token"); }

TEST(Secret, MovedFromIsEmpty) {
  Secret first("a long token that does not fit into the inline buffer of a string");
  Secret const second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the promise under test
  EXPECT_FALSE(second.empty());
}

TEST(Secret, MovedFromShortSecretLeavesNoBytes) {
  Secret first("short");
  char const* bytes = first.reveal().data();
  Secret const second(std::move(first));
  EXPECT_EQ(std::string_view(bytes, 5).find("hort"), std::string_view::npos);
}

TEST(Secret, AssignmentOverwritesTheOldBytes) {
  Secret secret("old-secret");
  char const* bytes = secret.reveal().data();
  secret = Secret("new");
  EXPECT_EQ(secret.reveal(), "new");
  EXPECT_EQ(std::string_view(bytes, 10).find("secret"), std::string_view::npos);
}

TEST(Secret, SelfAssignmentKeepsTheValue) {
  Secret secret("token");
  Secret const& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), "token");
}

TEST(Secret, EqualsComparesTheWholeText) {
  Secret const secret("token");
  EXPECT_TRUE(secret.equals("token"));
  EXPECT_FALSE(secret.equals("tokem"));
  EXPECT_FALSE(secret.equals("tok"));
  EXPECT_FALSE(secret.equals(""));
}

}  // namespace
}  // namespace scaleset::inline v0
