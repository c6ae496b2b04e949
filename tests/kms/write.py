"""Writes files of `format: kms` by what docs/guides/values.md says of their form, with Python's `cryptography` (OpenSSL).

It shares nothing with evenkeel's own writer. From standard input: what is to be sealed, as JSON with `installation`,
`secret`, `keyId`, `wrapped` and `dataKey` (both base64), `value`. With `--vectors` it makes those of vectors.json.
"""

import json
import os
import sys
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = "evenkeel.dev/kms/v1"


def text(data):
    return b64encode(data).decode()


def write(sealing):
    context = {"evenkeel-installation": sealing["installation"], "evenkeel-secret": sealing["secret"]}
    lines = [FORMAT] + [f"{name}={value}" for name, value in sorted(context.items())]
    under = "".join(line + "\n" for line in lines).encode()
    nonce = os.urandom(12)
    sealed = AESGCM(b64decode(sealing["dataKey"])).encrypt(nonce, sealing["value"].encode(), under)
    return {
        "format": FORMAT,
        "keyId": sealing["keyId"],
        "dataKey": sealing["wrapped"],
        "nonce": text(nonce),
        "ciphertext": text(sealed),
    }


def vectors():
    values = ["a text, not JSON\n", json.dumps({"username": "orders", "password": "gr\u00fc\u00dfe \U0001f511"}), "x" * 1000]
    names = [("prod", "prod/orders/db"), ("default", "a"), ("two-regions", "rotation/with+odd=chars_.@-")]
    for (installation, secret), value in zip(names, values):
        sealing = {
            "installation": installation,
            "secret": secret,
            "keyId": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "wrapped": text(os.urandom(184)),
            "dataKey": text(os.urandom(32)),
            "value": value,
        }
        yield {**sealing, "file": write(sealing)}


if sys.argv[1:] == ["--vectors"]:
    json.dump(list(vectors()), sys.stdout, indent=1)
    print()
else:
    json.dump(write(json.load(sys.stdin)), sys.stdout)
