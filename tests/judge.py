"""The Python package http-message-signatures as a judge: it verifies requests, and signs some.

Reads {"verify": [...], "sign": [...]} as JSON and writes {"verify": [...], "sign": [...]}.
"""

import base64
import datetime
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)


class Lines:
    """Header field lines in their order; a name may have several."""

    def __init__(self, lines):
        self.lines = [(name, value) for name, value in lines]

    def items(self):
        return list(self.lines)

    def __iter__(self):
        return iter([name for name, _ in self.lines])

    def __contains__(self, name):
        return any(name.lower() == line.lower() for line, _ in self.lines)

    def __getitem__(self, name):
        return ", ".join(value for line, value in self.lines if line.lower() == name.lower())

    def __delitem__(self, name):
        self.lines = [(line, value) for line, value in self.lines if line.lower() != name.lower()]

    def __setitem__(self, name, value):
        del self[name]
        self.lines.append((name, value))


class Message:
    def __init__(self, request):
        self.method = request["method"]
        self.url = request["url"]
        self.headers = Lines(request["headers"])
        body = request.get("body")
        self.body = None if body is None else base64.b64decode(body)


class Key(HTTPSignatureKeyResolver):
    def __init__(self, public=None, private=None):
        self.public, self.private = public, private

    def resolve_public_key(self, key_id):
        return self.public

    def resolve_private_key(self, key_id):
        return self.private


def verify(case):
    """Which components are covered, or why it does not verify."""
    message = Message(case["request"])
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(case["x"] + "="))
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Key(public=key))
    required = ["@method", "@target-uri"]
    if message.body is not None:
        required += ["content-digest", "content-type"]
    if message.method == "POST":
        required.append("idempotency-key")
    try:
        [result] = verifier.verify(
            message,
            max_age=datetime.timedelta(seconds=300),
            expect_tag="xp2p-sandbox",
            require_components=required,
            body=message.body,
        )
    except Exception as error:
        return {"refused": str(error) or type(error).__name__}
    return {"parameters": result.parameters, "covered": list(result.covered_components)[:-1]}


def sign(case):
    """The header field lines with those that sign."""
    message = Message(case["request"])
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(case["seed"]))
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Key(private=key))
    time = lambda name: datetime.datetime.fromtimestamp(case[name], datetime.timezone.utc)
    signer.sign(
        message,
        key_id=case["keyId"],
        created=time("created"),
        expires=time("expires"),
        nonce=case["nonce"],
        label="xp2p",
        tag="xp2p-sandbox",
        covered_component_ids=case["components"],
        body=message.body,
    )
    return message.headers.items()


cases = json.load(sys.stdin)
json.dump({"verify": [verify(case) for case in cases["verify"]], "sign": [sign(case) for case in cases["sign"]]}, sys.stdout)
