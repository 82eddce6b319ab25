"""Seals: a report in canonical form (RFC 8785), its SHA-256, an Ed25519 signature (RFC 8032)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from scanner_app.domain.seals.canonical import dump_canonical, hash_canonical, join_object
from scanner_app.domain.seals.long_parts import ITEMS

SEAL = "seal"
PARTS = "parts"
DIGEST = "digest"
DIGITS = 16
CANONICAL_FORM = "RFC 8785"
ALGORITHM = "Ed25519"
SEAL_KEYS = {"canonical_form", "sha256", "algorithm", "signature", "key_id", "public_key"}
FORMAT = "scanner-app audit report 2"
MARKS = (f'"{SEAL}"'.encode(), b"scanner-app audit report")
# An altered item is named by the first of these that it has.
NAMING = ("scan_id", "asset_tag", "code", "name", "id", "actor")
# Short lists whose items carry no hash: they are named as a whole.
WHOLE = {"figures", "statements", "pictures"}
MAX_NAMED = 10


class BrokenSeal(ValueError):
    """A report that was altered after it was sealed; the message names what."""


class NotAReport(BrokenSeal):
    """A text that never was a sealed report, so there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key of this service; `key_id` is the start of the hash of its public key."""

    private: Ed25519PrivateKey

    @classmethod
    def make(cls) -> SigningKey:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> SigningKey:
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the audit key is not an Ed25519 key")
        return cls(key)

    def to_pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public_pem(self) -> str:
        return show_key(self.private.public_key())

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
    """Return the id of a public key: the start of the hash of its DER form.

    :raises ValueError: the text is not a public key.
    """
    der = load_pem_public_key(public_pem.encode()).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()[:16]


def encode_signature(signature: bytes) -> str:
    """Return a signature as a seal holds it."""
    return base64.b64encode(signature).decode()


def show_key(key: PublicKeyTypes) -> str:
    """Return a public key as a seal holds it, in PEM form."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def is_public_key(text: str) -> bool:
    """Return whether a text is a public key in PEM form."""
    try:
        key_id_of(text)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def seal_report(report: Mapping[str, Any], key: SigningKey) -> Sealed:
    """Return a report with its seal: a signature over the canonical form of everything else.

    The hash of each part is signed too, and each item of a list holds its own hash. A check of an
    altered report can therefore name the parts and items that were altered.
    """
    members = {name: dump_canonical(mark_items(name, part)) for name, part in report.items()}
    parts = {name: hashlib.sha256(member).hexdigest() for name, member in members.items()}
    members[PARTS] = dump_canonical(parts)
    body = join_object(members)
    digest = hashlib.sha256(body).hexdigest()
    signature = encode_signature(key.private.sign(body))
    seal = show_seal(digest, signature, key)
    text = join_object({**members, SEAL: dump_canonical(seal)}).decode()
    return Sealed(text, digest, signature)


def show_seal(digest: str, signature: str, key: SigningKey) -> dict[str, str]:
    """Return the seal of a record: the hash of its body, and the signature over it."""
    return {
        "canonical_form": CANONICAL_FORM,
        "sha256": digest,
        "algorithm": ALGORITHM,
        "signature": signature,
        "key_id": key.key_id,
        "public_key": key.public_pem,
    }


def dump_item(item: Any) -> tuple[bytes, bytes]:
    """Return the canonical form of an item of a list, and that with its hash in it.

    It is written once, in two halves, with the hash between them, where its name sorts.
    """
    if not isinstance(item, dict):
        plain = dump_canonical(item)
        return plain, plain
    low = dump_canonical({name: value for name, value in item.items() if name < DIGEST})[1:-1]
    high = dump_canonical({name: value for name, value in item.items() if name > DIGEST})[1:-1]
    plain = b"{" + (low + b"," + high if low and high else low or high) + b"}"
    digest = hashlib.sha256(plain).hexdigest()[:DIGITS]
    own = f'"{DIGEST}":"{digest}"'.encode()
    return plain, b"{" + b",".join(filter(None, (low, own, high))) + b"}"


def mark_items(name: str, part: Any) -> Any:
    """Return a part of a report whose items hold their hashes, as it is sealed."""
    if name in WHOLE:
        return part
    if isinstance(part, dict) and isinstance(part.get(ITEMS), list):
        return {**part, ITEMS: mark_items(ITEMS, part[ITEMS])}
    if not isinstance(part, list) or not all(isinstance(item, dict) for item in part):
        return part
    return [{**item, DIGEST: hash_canonical(item)[:DIGITS]} for item in part]


def verify_report(text: bytes, *, public_pem: str | None = None) -> str:
    """Check a sealed report, and return the id of the key that sealed it.

    :param public_pem: the key that it must be sealed with. Without it, the key in the report is
        used. That finds every alteration, but not a report that was sealed again with another key.
    :raises BrokenSeal: it was altered; the message says how.
    :raises NotAReport: nothing in it is of a report.
    """
    # A report that an edit has broken is altered; a text without any of these is another file.
    kind = BrokenSeal if any(mark in text for mark in MARKS) else NotAReport
    try:
        report = json.loads(text, object_pairs_hook=_refuse_doubles)
        seal = report.pop(SEAL, None) if isinstance(report, dict) else None
        if not isinstance(seal, dict):
            raise kind("it has no seal; only the report of a closed audit has one")
        body = dump_canonical(report)
    except RecursionError:
        raise kind("it is nested too deeply for a report") from None
    except BrokenSeal:
        raise
    except ValueError as error:
        raise kind(f"it is not JSON that has a canonical form: {error}") from None
    signature, key = _read_seal(seal, public_pem)
    digest = hashlib.sha256(body).hexdigest()
    if digest != seal["sha256"]:
        altered = find_alterations(report)
        named = f" in {', '.join(altered)}" if altered else ""
        raise BrokenSeal(
            f"the content was altered{named}: its SHA-256 is {digest}, sealed was {seal['sha256']}"
        )
    try:
        key.verify(signature, body)
    except InvalidSignature:
        raise BrokenSeal("the signature does not belong to this content") from None
    return str(seal["key_id"])


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raise if an object has one name twice.

    A reader and this check could each see a different one of the two values.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BrokenSeal("a name is used twice in one object")
    return found


def _read_seal(seal: Mapping[str, Any], public_pem: str | None) -> tuple[bytes, Ed25519PublicKey]:
    """Return the signature and the key.

    The seal is not part of what is signed, so each of its parts is compared with what it must be.
    """
    if seal.keys() != SEAL_KEYS or not all(isinstance(value, str) for value in seal.values()):
        raise BrokenSeal("the seal was altered: its parts are not those of a seal")
    if (seal["canonical_form"], seal["algorithm"]) != (CANONICAL_FORM, ALGORITHM):
        raise BrokenSeal("the seal was altered: it names another form or algorithm")
    try:
        signature = base64.b64decode(seal["signature"], validate=True)
        key = load_pem_public_key(seal["public_key"].encode())
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise BrokenSeal(f"the seal cannot be read: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BrokenSeal("the key of the seal is not an Ed25519 key")
    # A reader takes more than we write: words around a key, bits that no byte uses. What a seal
    # holds is therefore written again from what was read, and must be the same.
    if show_key(key) != seal["public_key"] or encode_signature(signature) != seal["signature"]:
        raise BrokenSeal("the seal was altered: it holds more than a key and a signature")
    if key_id_of(seal["public_key"]) != seal["key_id"]:
        raise BrokenSeal("the seal was altered: its key does not have the id that the seal names")
    if public_pem is not None:
        if not is_public_key(public_pem):
            raise BrokenSeal("the given key is not a public key in PEM form")
        # The whole key: its id is the start of a hash, for people to compare.
        if show_key(load_pem_public_key(public_pem.encode())) != seal["public_key"]:
            raise BrokenSeal(
                f"it was sealed with another key ({seal['key_id']}) than the one given "
                f"({key_id_of(public_pem)})"
            )
    return signature, key


def find_alterations(report: Mapping[str, Any]) -> list[str]:
    """Return the names of the parts and items whose hashes do not match."""
    parts = report.get(PARTS)
    if not isinstance(parts, dict):
        return [PARTS]
    named: list[str] = []
    for name in sorted({*report, *parts} - {PARTS}):
        if name not in report:
            named.append(f"{name} (removed)")
        elif name not in parts:
            named.append(f"{name} (added)")
        elif hash_canonical(report[name]) != parts[name]:
            named += _name_items(name, report[name])
    return named or [PARTS]


def _name_items(name: str, part: Any) -> list[str]:
    """Return the names of altered items; the list's own name if one was added or taken away."""
    rows = part.get(ITEMS) if isinstance(part, dict) else part
    if not isinstance(rows, list) or name in WHOLE:
        return [name]
    if not any(isinstance(item, dict) and DIGEST in item for item in rows):
        return [name]
    items = []
    for index, item in enumerate(rows):
        if not isinstance(item, dict) or DIGEST not in item:
            continue
        if hash_canonical(without_digest(item))[:DIGITS] != item[DIGEST]:
            label = next((item[k] for k in NAMING if isinstance(item.get(k), str | int)), index)
            items.append(f"{name} ({str(label)[:64]})")
    if len(items) > MAX_NAMED:
        items[MAX_NAMED:] = [f"{len(items) - MAX_NAMED} more of {name}"]
    return items or [f"{name} (one added, taken away or moved)"]


def without_digest(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item of a report as it was before its hash was added."""
    return {key: value for key, value in item.items() if key != DIGEST}
