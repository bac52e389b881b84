#include "simulator/runner/testing/sample_jit_config.hpp"

#include "base/base64.hpp"

namespace scaleset::simulator::pretend {

base::RsaPrivateKey const& sample_key() {
  static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(2048);
  return key;
}

std::string sample_rsa_parameters() {
  auto const number = [](char const* name) {
    return base::base64_encode(sample_key().number(name));
  };
  return R"({"d":")" + number("d") + R"(","dp":")" + number("dp") + R"(","dq":")" + number("dq") +
         R"(","exponent":")" + number("e") + R"(","inverseQ":")" + number("qi") +
         R"(","modulus":")" + number("n") + R"(","p":")" + number("p") + R"(","q":")" +
         number("q") + R"("})";
}

std::string sample_jit_config(std::string const& base_url) {
  std::string const runner =
      R"({"AgentId":"6858","AgentName":"runner-1","PoolId":"5","DisableUpdate":"True",)"
      R"("Ephemeral":"True","ServerUrl":")" +
      base_url +
      R"(/first/","GitHubUrl":"","WorkFolder":"_work","UseV2Flow":"true","ServerUrlV2":")" +
      base_url + R"(/broker/"})";
  std::string const credentials =
      R"({"Scheme":"OAuth","Data":{"clientId":"client-1","authorizationUrl":")" + base_url +
      R"(/_apis/oauth2/token","requireFipsCryptography":"True"}})";
  return base::base64_encode(R"({".runner":")" + base::base64_encode(runner) +
                             R"(",".credentials":")" + base::base64_encode(credentials) +
                             R"(",".credentials_rsaparams":")" +
                             base::base64_encode(sample_rsa_parameters()) + R"("})");
}

}  // namespace scaleset::simulator::pretend
