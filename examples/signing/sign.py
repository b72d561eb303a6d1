#!/usr/bin/env python3
"""Sign a command for Tenure with an HMAC key, with nothing but the standard library.

    sign.py KEYFILE TYPE SUBJECT ID TIME < value.json

prints the header ce_proof. KEYFILE is what "tenure keys create" has written. TIME is the text of the header ce_time, such as
2026-10-30T12:00:00Z. The message's headers and value must be exactly those that were signed. For example with kcat:

    kcat -P -b "$BROKER" -t billing.commands -k "$SUBJECT" -H ce_specversion=1.0 -H ce_id="$ID" -H ce_type="$TYPE" \
      -H ce_source=accounting -H ce_subject="$SUBJECT" -H ce_time="$TIME" -H "ce_proof=$(sign.py ... < value.json)" value.json
"""
import base64
import hashlib
import hmac
import sys


def proof(key_text: str, command_type: str, subject: str, command_id: str, time: str, value: bytes) -> str:
    key_id, algorithm, secret = key_text.strip().split(":")
    if algorithm != "hmac-sha256":
        raise ValueError("this example signs with hmac-sha256 keys only")
    lines = ["tenure-command-v1", command_type, subject, command_id, time, hashlib.sha256(value).hexdigest()]
    secret_bytes = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    signature = hmac.new(secret_bytes, "\n".join(lines).encode(), "sha256").digest()
    return key_id + "." + base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="ascii") as key_file:
        print(proof(key_file.read(), *sys.argv[2:6], sys.stdin.buffer.read()))
