"""Checkpoints: the size and root of a log as a signed note (C2SP tlog-checkpoint, signed-note).

Any program that knows the format checks one, without this software.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from scanner_app.domain.seals.merkle import HASH_BYTES
from scanner_app.domain.seals.report import SigningKey

ED25519 = b"\x01"
HASH_PREFIX = 4
MAX_NOTE = 10_000
# A name holds neither a blank nor a plus sign, which separate the parts of a note and of a key.
_ORIGIN = re.compile(r"[^\s+]+")
_SIGNATURE = re.compile(r"\u2014 (\S+) (\S+)")


class BadNote(ValueError):
    """A text that is not a checkpoint, or one whose signature does not hold; the message says."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(installation: str, tree: str) -> str:
    """Return the name of a log."""
    return f"scanner-app/{installation}/{tree}"


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Return a checkpoint as a signed note."""
    body = checkpoint.body
    raw = _raw_key(key.private.public_key())
    signature = _hash_key(checkpoint.origin, raw) + key.private.sign(body.encode())
    return f"{body}\n\u2014 {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def read_checkpoint(note: str) -> Checkpoint:
    """Return what a checkpoint says; its signatures are not looked at.

    :raises BadNote: the text is not a checkpoint.
    """
    body, mark, signatures = note.partition("\n\n")
    lines = body.split("\n")
    if not mark or len(note) > MAX_NOTE or len(lines) < 3 or not signatures.endswith("\n"):  # noqa: PLR2004 - origin, size, root
        raise BadNote("it is not a checkpoint")
    origin, size, root = lines[:3]
    if not _ORIGIN.fullmatch(origin) or not re.fullmatch("0|[1-9][0-9]{0,15}", size):
        raise BadNote("the checkpoint names no log or no size")
    try:
        digest = base64.b64decode(root, validate=True)
    except (ValueError, binascii.Error):
        raise BadNote("the root of the checkpoint is not base64") from None
    if len(digest) != HASH_BYTES:
        raise BadNote("the root of the checkpoint is not a SHA-256")
    return Checkpoint(origin, int(size), digest)


def verify_checkpoint(note: str, public_pem: str) -> Checkpoint:
    """Return what a checkpoint says, if it is signed with this key.

    :raises BadNote: it is not a checkpoint, or no signature in it is of this key.
    """
    checkpoint = read_checkpoint(note)
    key = load_pem_public_key(public_pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise BadNote("the key is not an Ed25519 key")
    body, _mark, signatures = note.partition("\n\n")
    wanted = _hash_key(checkpoint.origin, _raw_key(key))
    for line in signatures.splitlines():
        found = _SIGNATURE.fullmatch(line)
        if found is None or found[1] != checkpoint.origin:
            continue
        try:
            blob = base64.b64decode(found[2], validate=True)
        except (ValueError, binascii.Error):
            continue
        if blob[:HASH_PREFIX] != wanted:
            continue
        try:
            key.verify(blob[HASH_PREFIX:], f"{body}\n".encode())
        except InvalidSignature:
            raise BadNote("the signature of the checkpoint does not hold") from None
        return checkpoint
    raise BadNote("the checkpoint is not signed with this key")


def show_verifier(origin: str, key: SigningKey) -> str:
    """Return the public key in the form in which checkers of signed notes take it."""
    raw = _raw_key(key.private.public_key())
    encoded = base64.b64encode(ED25519 + raw).decode()
    return f"{origin}+{_hash_key(origin, raw).hex()}+{encoded}"


def _raw_key(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _hash_key(origin: str, raw: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + raw).digest()[:HASH_PREFIX]
