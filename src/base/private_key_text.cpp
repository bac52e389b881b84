#include "base/private_key_text.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/base64.hpp"
#include "base/credential_text.hpp"

namespace scaleset::base {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

std::unexpected<Error> refuse(std::string text) {
  return fail(ErrorCode::invalid_private_key, std::move(text));
}

bool is_white_space(char c) { return std::string_view(" \t\r\n\v\f").contains(c); }

void end_lines_at(Secret& text, std::string_view part) {
  std::string changed = text.reveal();
  for (auto at = changed.find(part); at != std::string::npos; at = changed.find(part, at))
    changed.replace(at, part.size(), "\n");
  text = Secret(std::move(changed));
}

Secret without_white_space(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());  // so that no piece of it is left behind in a smaller buffer
  std::ranges::copy_if(text, std::back_inserter(kept), [](char c) { return !is_white_space(c); });
  return Secret(std::move(kept));
}

/// The text that `pasted` is the base64 of, if that is PEM.
std::optional<Secret> decoded_pem(Secret const& pasted) {
  // In either alphabet, with or without padding.
  Secret const compact = without_white_space(pasted.reveal());
  auto decoded = base64_decode(compact.reveal());
  if (!decoded) {
    std::string digits(compact.reveal().substr(0, compact.reveal().find_last_not_of('=') + 1));
    std::ranges::replace(digits, '+', '-');
    std::ranges::replace(digits, '/', '_');
    Secret const url_digits(std::move(digits));
    decoded = base64url_decode(url_digits.reveal());
  }
  if (!decoded) return std::nullopt;
  Secret text(*std::move(decoded));
  if (!text.reveal().contains(kBegin)) return std::nullopt;
  return text;
}

std::string what_it_is_instead(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-"))
    return "is a public key of OpenSSH; the private key is the file (.pem) that GitHub offered for "
           "download when the key was made";
  if (text.starts_with("PuTTY-User-Key-File"))
    return "is in PuTTY's format; convert it with: puttygen FILE -O private-openssh -o NEW, then "
           "ssh-keygen -p -N '' -m PEM -f NEW";
  if (text.starts_with("\x30\x82"))
    return "is in DER, a binary format; convert it with: openssl pkey -inform DER -in FILE -out "
           "NEW";
  return "is no PEM private key: expected the whole file that GitHub offers for download, from "
         "-----BEGIN RSA PRIVATE KEY----- to -----END RSA PRIVATE KEY-----";
}

/// Why a block of that label cannot be used. Empty: it may be a key.
std::string refusal_of(std::string_view label) {
  if (label == "RSA PRIVATE KEY" || label == "PRIVATE KEY") return {};
  if (label == "ENCRYPTED PRIVATE KEY")
    return "is protected by a password; take it off with: openssl pkey -in FILE -out NEW";
  if (label == "OPENSSH PRIVATE KEY")
    return "is in OpenSSH's format; convert it in place with: ssh-keygen -p -N '' -m PEM -f FILE";
  if (label == "EC PRIVATE KEY" || label == "EC PARAMETERS" || label == "DSA PRIVATE KEY")
    return "is no RSA key, and GitHub Apps use RSA keys only; make a new one in the App's settings "
           "(\"Generate a private key\")";
  if (label.ends_with("PUBLIC KEY") || label.starts_with("CERTIFICATE"))
    return "is a public key or a certificate; the private key is the file (.pem) that GitHub "
           "offered for download when the key was made";
  return what_it_is_instead("?");
}

/// The first block of a private key, or else the first block, as label and content.
struct Block {
  std::string_view label;
  std::string_view content;
  bool complete = false;
};

Block find_block(std::string_view text) {
  Block first;
  for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at)) {
    at += kBegin.size();
    Block block;
    block.label = text.substr(at, text.substr(at).find(kDashes));
    auto const start = std::min(text.size(), at + block.label.size() + kDashes.size());
    auto const end = text.find(std::string(kEnd) + std::string(block.label) + "-----", start);
    block.complete = end != std::string_view::npos;
    block.content = text.substr(start, block.complete ? end - start : std::string_view::npos);
    if (first.label.empty()) first = block;
    if (block.label.ends_with("PRIVATE KEY")) return block;
  }
  return first;
}

Result<Secret> rewritten(Block const& block) {
  if (auto refusal = refusal_of(block.label); !refusal.empty()) return refuse(std::move(refusal));
  if (block.content.contains("Proc-Type")) return refuse(refusal_of("ENCRYPTED PRIVATE KEY"));
  if (!block.complete)
    return refuse("has a beginning but no end: it was not copied to its last line, -----END " +
                  std::string(block.label) + "-----");
  Secret const body = without_white_space(block.content);
  constexpr std::size_t kLine = 64;
  std::string pem;
  pem.reserve(2 * body.reveal().size() + 128);  // see without_white_space()
  pem.append(kBegin).append(block.label).append(kDashes).append("\n");
  for (std::size_t at = 0; at < body.reveal().size(); at += kLine)
    pem.append(body.reveal(), at, kLine).append("\n");
  pem.append(kEnd).append(block.label).append(kDashes).append("\n");
  return Secret(std::move(pem));
}

}  // namespace

Result<Secret> usual_pem(Secret const& pasted) {
  if (looks_like_utf16(pasted.reveal()))
    return refuse(
        "is UTF-16 text; save it again as UTF-8, or convert it with: iconv -f UTF-16 -t UTF-8 FILE "
        "> NEW");
  Secret text(std::string(without_surroundings(pasted.reveal())));
  if (!text.reveal().contains(kBegin)) {
    auto decoded = decoded_pem(text);
    if (!decoded) return refuse(what_it_is_instead(text.reveal()));
    text = *std::move(decoded);
  }
  for (std::string_view const line_end : {"\\r", "\\n", "\\t"}) end_lines_at(text, line_end);
  return rewritten(find_block(text.reveal()));
}

}  // namespace scaleset::base
