"""The small runner's RSA key: it signs the assertion with which a runner gets its token (protocol.md 11.4, D.3)."""

import base64
import hashlib
import json
import os

DIGEST_BYTES = 32
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # the DigestInfo of RFC 8017, 9.2


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mask(seed, length):
    """MGF1 of RFC 8017, B.2.1."""
    blocks = (hashlib.sha256(seed + counter.to_bytes(4, "big")).digest() for counter in range(-(-length // DIGEST_BYTES)))
    return b"".join(blocks)[:length]


def pkcs1_padded(message, bits):
    """EMSA-PKCS1-v1_5, for RS256."""
    info = SHA256_PREFIX + hashlib.sha256(message).digest()
    return b"\x00\x01" + b"\xff" * ((bits + 7) // 8 - len(info) - 3) + b"\x00" + info


def pss_padded(message, bits):
    """EMSA-PSS, for PS256: the salt is as long as the digest (RFC 7518, 3.5)."""
    length = (bits - 1 + 7) // 8
    salt = os.urandom(DIGEST_BYTES)
    digest = hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()
    block = bytes(length - 2 * DIGEST_BYTES - 2) + b"\x01" + salt
    masked = int.from_bytes(block, "big") ^ int.from_bytes(mask(digest, len(block)), "big")
    masked &= (1 << (bits - 1 - 8 * (DIGEST_BYTES + 1))) - 1
    return masked.to_bytes(len(block), "big") + digest + b"\xbc"


class Key:
    def __init__(self, parameters):
        """`parameters` is the content of .credentials_rsaparams: base64 of big-endian numbers."""
        self.modulus, self.exponent, self.private = (
            int.from_bytes(base64.b64decode(parameters[name]), "big") for name in ("modulus", "exponent", "d"))
        self.bits = self.modulus.bit_length()
        if self.bits < 1024 or pow(pow(2, self.exponent, self.modulus), self.private, self.modulus) != 2:
            raise ValueError("these are no parameters of an RSA key")

    def sign(self, algorithm, message):
        padded = {"RS256": pkcs1_padded, "PS256": pss_padded}[algorithm](message, self.bits)
        return pow(int.from_bytes(padded, "big"), self.private, self.modulus).to_bytes((self.bits + 7) // 8, "big")

    def assertion(self, algorithm, claims):
        """A signed JWT."""
        signed = ".".join(url64(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
        return f"{signed}.{url64(self.sign(algorithm, signed.encode()))}"
