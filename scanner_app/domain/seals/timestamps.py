"""Time stamps by RFC 3161: what is asked of an authority, and what its answer says.

The request is written by hand, for it is one small structure (RFC 3161, 2.4.1). Of the answer
(2.4.2) only what tells a wrong one apart is read: its status, and the hash, the nonce and the time
of its TSTInfo. Whose signature it has is checked by `openssl ts -verify`, by anyone who doubts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

SHA256_OID = bytes.fromhex("0609608648016503040201")
# id-signedData (RFC 5652, 5.1) and id-ct-TSTInfo (RFC 3161, 2.4.2).
SIGNED_DATA_OID = bytes.fromhex("06092a864886f70d010702")
TST_INFO_OID = bytes.fromhex("060b2a864886f70d0109100104")
INTEGER, BOOLEAN, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x01, 0x04, 0x05, 0x06, 0x30
TIME = 0x18
# Of a TSTInfo: version, policy, messageImprint, serialNumber, genTime.
INFO_TAGS = [INTEGER, OID, SEQUENCE, INTEGER, TIME]
GRANTED = (0, 1)
# From here on, the first byte of a length says how many bytes it takes.
LONG = 0x80


class BadStamp(ValueError):
    """An answer that isn't a time stamp of what was asked. The message says why."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of DER: its tag, what is in it, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


def write_request(digest: bytes, nonce: int) -> bytes:
    """Return the request of a time stamp for a SHA-256, with the certificate in its answer.

    TimeStampReq ::= SEQUENCE { version 1, messageImprint, nonce, certReq TRUE }
    """
    algorithm = _write(SEQUENCE, SHA256_OID + _write(NULL, b""))
    imprint = _write(SEQUENCE, algorithm + _write(OCTETS, digest))
    return _write(
        SEQUENCE,
        _write(INTEGER, b"\x01") + imprint + _write_number(nonce) + _write(BOOLEAN, b"\xff"),
    )


def read_answer(answer: bytes, digest: bytes, nonce: int) -> datetime:
    """Return the time that an answer states for a digest.

    :raises BadStamp: it is not granted, or states something else than what was asked.
    """
    try:
        parts = list(_read_all(_only(answer, SEQUENCE).content))
        status = int.from_bytes(next(_read_all(parts[0].content)).content, "big", signed=True)
    except (IndexError, StopIteration):
        raise BadStamp("The answer is not a time stamp.") from None
    if status not in GRANTED:
        raise BadStamp(f"The authority refused it, with status {status}.")
    if not parts[1:]:
        raise BadStamp("The answer holds no time stamp.")
    return _read_info(_find_info(parts[1].content), digest, nonce)


def _find_info(content: bytes) -> bytes:
    """Return the TSTInfo of a token: ContentInfo, SignedData, encapContentInfo, OCTET STRING."""
    try:
        kind, inner = list(_read_all(content))[:2]
        signed = list(_read_all(_only(inner.content, SEQUENCE).content))
        what, value = list(_read_all(signed[2].content))[:2]
        if kind.whole == SIGNED_DATA_OID and what.whole == TST_INFO_OID:
            return _only(_only(value.content, OCTETS).content, SEQUENCE).content
    except (IndexError, ValueError):
        pass
    raise BadStamp("The answer is not a time stamp.")


def _read_info(info: bytes, digest: bytes, nonce: int) -> datetime:
    """Return the time of a TSTInfo: version, policy, messageImprint, serialNumber, genTime, ..."""
    parts = list(_read_all(info))
    if [part.tag for part in parts[: len(INFO_TAGS)]] != INFO_TAGS:
        raise BadStamp("The answer is not a time stamp.")
    _version, _policy, imprint, _serial, time, *rest = parts
    hashed = list(_read_all(imprint.content))
    if not hashed or not hashed[0].content.startswith(SHA256_OID):
        raise BadStamp("The time stamp is by another kind of hash.")
    if [part.content for part in hashed[1:]] != [digest]:
        raise BadStamp("The time stamp is of something else.")
    if _write_number(nonce) not in [part.whole for part in rest]:
        raise BadStamp("The time stamp answers another request.")
    text = time.content.decode("ascii", "replace")
    try:
        return datetime.strptime(f"{text[:14]}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        raise BadStamp("The time stamp has no time.") from None


def _only(data: bytes, tag: int) -> Element:
    """Return the one element of some bytes.

    :raises BadStamp: they are not one element of that tag.
    """
    found = list(_read_all(data))
    if len(found) != 1 or found[0].tag != tag:
        raise BadStamp("The answer is not a time stamp.")
    return found[0]


def _read_all(data: bytes) -> Iterator[Element]:
    """Yield the elements of some bytes of DER (X.690, 8.1).

    :raises BadStamp: they end too early.
    """
    at = 0
    while at < len(data):
        start, tag = at, data[at]
        length = data[at + 1] if at + 1 < len(data) else LONG
        at += 2
        if length >= LONG:  # the number of bytes that the length itself takes
            more = length - LONG
            length = int.from_bytes(data[at : at + more], "big") if more else len(data)
            at += more
        if length > len(data) - at:
            raise BadStamp("The answer is cut off.")
        yield Element(tag, data[at : at + length], data[start : at + length])
        at += length


def _write(tag: int, content: bytes) -> bytes:
    if len(content) >= LONG:
        raise ValueError(len(content))  # a request is shorter
    return bytes([tag, len(content)]) + content


def _write_number(number: int) -> bytes:
    # One bit more than it has, so that it is never read as less than 0.
    return _write(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))
