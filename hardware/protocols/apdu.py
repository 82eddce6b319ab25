"""The smart-card command for a contactless card's UID, and its answers (PC/SC part 3)."""

from __future__ import annotations

from hardware.reads import Broken, Event, Noise, Status, TagRead

GET_UID = bytes.fromhex("FFCA000000")
_OK = b"\x90\x00"
_NOT_SUPPORTED = b"\x6a\x81"
_UID_SIZES = frozenset({4, 7, 8, 10})
_RANDOM_UID = 0x08


def decode_uid(response: bytes) -> list[Event]:
    """Return the events of an answer to `GET_UID`.

    A four-byte UID that begins with 08 is random for each presentation (ISO/IEC 14443-3), so it
    cannot identify a card. It is reported as a status and not as a read.
    """
    if len(response) < len(_OK):
        return [Noise(len(response), response, "an answer without status")]
    data, status = response[:-2], response[-2:]
    if status == _NOT_SUPPORTED:
        return [Status("no_uid", "the card has no UID", True)]
    if status != _OK:
        return [Broken(f"the card answered {status.hex().upper()}")]
    if len(data) not in _UID_SIZES:
        return [Noise(len(response), response[:16], "a UID of impossible length")]
    if len(data) == 4 and data[0] == _RANDOM_UID:  # noqa: PLR2004 - single-size UID
        return [Status("random_uid", "the card's UID is random each time; it identifies nothing")]
    return [TagRead(data, "uid")]
