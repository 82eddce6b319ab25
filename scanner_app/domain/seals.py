"""Seals: a report in canonical form (RFC 8785), its SHA-256, an Ed25519 signature (RFC 8032)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

SEAL = "seal"


class BrokenSeal(ValueError):
    """A report that is not what was sealed; the message says in what."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key of this service; `key_id` is the start of its public half's hash."""

    private: Ed25519PrivateKey

    @classmethod
    def make(cls) -> SigningKey:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> SigningKey:
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the audit key is no Ed25519 key")
        return cls(key)

    def to_pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public_pem(self) -> str:
        return (
            self.private.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    @property
    def key_id(self) -> str:
        return key_id_of(self.public_pem)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed report: its whole text, and the parts of the seal."""

    text: str
    sha256: str
    signature: str


def key_id_of(public_pem: str) -> str:
    return hashlib.sha256(public_pem.strip().encode()).hexdigest()[:16]


def hash_report(report: Any) -> str:
    """Give the SHA-256 of a value's canonical form."""
    return hashlib.sha256(rfc8785.dumps(report)).hexdigest()


def seal_report(report: dict[str, Any], key: SigningKey) -> Sealed:
    """Seal a report: what is signed is the canonical form of everything but the seal."""
    body = rfc8785.dumps(report)
    digest = hashlib.sha256(body).hexdigest()
    signature = base64.b64encode(key.private.sign(body)).decode()
    seal = {
        "canonical_form": "RFC 8785",
        "sha256": digest,
        "algorithm": "Ed25519",
        "signature": signature,
        "key_id": key.key_id,
        "public_key": key.public_pem,
    }
    return Sealed(rfc8785.dumps({**report, SEAL: seal}).decode(), digest, signature)


def verify_report(text: bytes, *, public_pem: str | None = None) -> str:
    """Check a sealed report and give the id of the key that sealed it.

    :param public_pem: the key that it must be sealed with. Without it the report's own key is
        taken: that finds every alteration but not a report that was sealed anew with another key.
    :raises BrokenSeal: it is not what was sealed; the message says why.
    """
    try:
        report = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenSeal(f"this is not JSON: {error}") from None
    seal = report.pop(SEAL, None) if isinstance(report, dict) else None
    if not isinstance(seal, dict):
        raise BrokenSeal("the report has no seal")
    try:
        body = rfc8785.dumps(report)
        signature = base64.b64decode(str(seal["signature"]), validate=True)
        pem = public_pem or str(seal["public_key"])
        key = load_pem_public_key(pem.encode())
    except (KeyError, ValueError, binascii.Error, rfc8785.CanonicalizationError) as error:
        raise BrokenSeal(f"the seal cannot be read: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BrokenSeal("the key is no Ed25519 key")
    digest = hashlib.sha256(body).hexdigest()
    if digest != seal.get("sha256"):
        raise BrokenSeal(
            f"the content was altered: its SHA-256 is {digest}, sealed was {seal.get('sha256')}"
        )
    try:
        key.verify(signature, body)
    except InvalidSignature:
        if public_pem and key_id_of(public_pem) != seal.get("key_id"):
            raise BrokenSeal(
                f"it was sealed with another key ({seal.get('key_id')}) than the one given "
                f"({key_id_of(public_pem)})"
            ) from None
        raise BrokenSeal("the signature does not belong to this content") from None
    return key_id_of(pem)
