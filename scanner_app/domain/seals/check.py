"""Check the seal of a report of format 2: its text, its content, its key, its signature.

Each failure has a code that never changes, and names what is wrong. `verify_audit.py` of the pack
follows the same rules and is written apart, so that two readings of one rule can be compared.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from scanner_app.domain.seals.canonical import SAFE_INTEGER, dump_canonical
from scanner_app.domain.seals.report import (
    SEAL,
    SEAL_KEYS,
    encode_signature,
    find_alterations,
    key_id_of,
    show_key,
)


class Broken(Exception):
    """What is wrong with a report: a code that never changes, and the reason.

    :param where: which of several, in the words of the check: the second draw.
    """

    def __init__(self, code: str, reason: str, *, where: str = "") -> None:
        super().__init__(f"{where or code}: {reason}")
        self.code = code
        self.reason = reason


def read_text(text: bytes) -> dict[str, Any]:
    """Return the object that a report is.

    :raises Broken: `json`, it is not UTF-8 or JSON that every program reads alike.
    """
    try:
        report = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_refuse_doubles,
            parse_constant=_refuse_constant,
            parse_int=_read_int,
        )
    except UnicodeDecodeError:
        raise Broken("json", "it is not UTF-8") from None
    except RecursionError:
        raise Broken("json", "it is nested too deeply") from None
    except ValueError as error:
        raise Broken("json", f"it is not JSON: {error}") from None
    if not isinstance(report, dict) or not isinstance(report.get(SEAL), dict):
        raise Broken("json", "it has no seal")
    return report


def check_seal(report: dict[str, Any], *, public_pem: str | None = None) -> str:
    """Check content, key and signature, and return the id of the key.

    :param public_pem: the key that it must be sealed with; without it, the one in the report.
    :raises Broken: `content`, `key`, `key_id` or `signature`.
    """
    seal = report[SEAL]
    held = {name: part for name, part in report.items() if name != SEAL}
    body = dump_canonical(held)
    if hashlib.sha256(body).hexdigest() != seal.get("sha256"):
        raise Broken("content", ", ".join(find_alterations(held)))
    if seal.keys() != SEAL_KEYS or not all(isinstance(value, str) for value in seal.values()):
        raise Broken("content", "seal")
    pem = seal["public_key"]
    if public_pem is not None and _same_key(public_pem, pem) is False:
        raise Broken("key", "it was sealed with another key than the one given")
    try:
        if key_id_of(pem) != seal["key_id"]:
            raise Broken("key_id", "the key in the seal does not have the id that the seal names")
        key = load_pem_public_key(pem.encode())
        signature = base64.b64decode(seal["signature"], validate=True)
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise Broken("signature", f"the seal cannot be read: {error}") from None
    try:
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidSignature
        key.verify(signature, body)
    except InvalidSignature:
        raise Broken("signature", "it does not belong to this content") from None
    if show_key(key) != pem or encode_signature(signature) != seal["signature"]:
        raise Broken("content", "seal")
    return str(seal["key_id"])


def names_key(text: bytes, public_pem: str) -> bool:
    """Return whether a report that was found untouched holds this key: all of it, not its id alone.

    :raises Broken: `json`, as `read_text` does.
    """
    return _same_key(public_pem, str(read_text(text)[SEAL].get("public_key")))


def _same_key(given: str, held: str) -> bool:
    try:
        return load_pem_public_key(given.encode()) == load_pem_public_key(held.encode())
    except (ValueError, UnsupportedAlgorithm):
        return False


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Broken("json", "a name is used twice in one object")
    return found


def _refuse_constant(word: str) -> Any:
    raise Broken("json", f"{word} is not a number")


def _read_int(digits: str) -> int:
    number = int(digits)
    if abs(number) > SAFE_INTEGER:
        raise Broken("json", "a number is beyond 2^53")
    return number
