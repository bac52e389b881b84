#include "base/no_proxy.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

bool bypasses(std::string_view no_proxy, std::string_view url) {
  Result<Url> const parsed = parse_url(url);
  EXPECT_TRUE(parsed) << url;
  return parsed && bypasses_proxy(no_proxy, *parsed);
}

struct Case {
  char const* no_proxy;
  char const* url;
  bool bypassed;
};

void check(std::initializer_list<Case> cases) {
  for (Case const& c : cases)
    EXPECT_EQ(bypasses(c.no_proxy, c.url), c.bypassed) << c.no_proxy << " and " << c.url;
}

TEST(NoProxy, AnEmptyListOrOneOfSeparatorsMatchesNothing) {
  check({{"", "https://example.com", false}, {" , ,\t", "https://example.com", false}});
}

TEST(NoProxy, ANameMatchesItsHostAndEverythingBelow) {
  for (char const* entry : {"example.com", "EXAMPLE.com", "example.com.", "other.org, example.com",
                            "other.org example.com"}) {
    check({{entry, "https://example.com/path", true},
           {entry, "https://api.Example.COM/path", true},
           {entry, "https://example.com./", true},
           {entry, "https://notexample.com", false},
           {entry, "https://example.com.evil.net", false},
           {entry, "https://com", false}});
  }
}

TEST(NoProxy, ALeadingDotMatchesOnlyWhatIsBelow) {
  for (char const* entry : {".example.com", "*.example.com"}) {
    check({{entry, "https://api.example.com/", true},
           {entry, "https://a.b.example.com/", true},
           {entry, "https://example.com/", false},
           {entry, "https://notexample.com/", false}});
  }
  check({{"*example.com", "https://example.com/", false},
         {".", "https://example.com/", false},
         {"*.", "https://example.com/", false}});
}

TEST(NoProxy, AStarAloneMatchesEverything) {
  check({{"*", "https://example.com", true},
         {"a.b, *", "http://10.0.0.1:8080", true},
         {"*", "http://[::1]/", true}});
}

TEST(NoProxy, APortNarrowsAnEntry) {
  check({{"example.com:8443", "https://example.com:8443/", true},
         {"example.com:8443", "https://api.example.com:8443/", true},
         {"example.com:8443", "https://example.com/", false},
         {"example.com:443", "https://example.com/", true},
         {"example.com:80", "http://example.com/", true},
         {"example.com:80", "https://example.com/", false},
         {"example.com", "https://example.com:8443/", true},
         {"10.0.0.1:80", "http://10.0.0.1/", true},
         {"10.0.0.1:80", "http://10.0.0.1:81/", false},
         {"[::1]:80", "http://[::1]/", true},
         {"[::1]:81", "http://[::1]/", false}});
}

TEST(NoProxy, AnAddressMatchesItselfHoweverItIsWritten) {
  check({{"10.0.0.1", "http://10.0.0.1/", true},
         {"10.0.0.1", "http://10.0.0.10/", false},
         {"0.0.1", "http://10.0.0.1/", false},  // the end of an address is not an address
         {"::1", "http://[::1]/", true},
         {"[::1]", "http://[0:0:0:0:0:0:0:1]/", true},
         {"::1", "http://[::2]/", false},
         {"FD00::AB", "http://[fd00::ab]/", true},
         {"::ffff:10.0.0.1", "http://10.0.0.1/", true},
         {"10.0.0.1", "http://name.invalid/", false}});
}

TEST(NoProxy, ARangeMatchesItsAddresses) {
  check({{"10.0.0.0/8", "http://10.200.3.4/", true},
         {"10.0.0.0/8", "http://11.0.0.1/", false},
         {"192.168.1.64/26", "http://192.168.1.127/", true},
         {"192.168.1.64/26", "http://192.168.1.128/", false},
         {"10.1.2.3/32", "http://10.1.2.3/", true},
         {"10.1.2.3/32", "http://10.1.2.2/", false},
         {"0.0.0.0/0", "http://8.8.8.8/", true},
         {"0.0.0.0/0", "http://[::1]/", false},
         {"fd00::/8", "http://[fdab::1]/", true},
         {"fd00::/8", "http://[fe00::1]/", false},
         {"::/0", "http://[2001:db8::1]/", true},
         {"10.0.0.0/8", "http://ten.example.com/", false}});
}

TEST(NoProxy, AnEntryThatIsNotValidMatchesNothingAndDoesNotHarmOthers) {
  for (char const* entry :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/8x", "10.0.0.0/-1", "/8", "::/129", ".",
        "..", "[", "]", "[]", ":", ":80", "[::1", "**", "10.0.0.0/99999999999999"}) {
    check({{entry, "http://10.0.0.1/", false},
           {entry, "http://example.com/", false},
           {entry, "http://[::1]/", false}});
    EXPECT_TRUE(bypasses(std::string(entry) + ",example.com", "http://example.com")) << entry;
  }
}

}  // namespace
}  // namespace scaleset::base
