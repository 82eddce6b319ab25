"""What is said of a scan of a delivery: by the server, and by phones without a network.

A phone fills them from its own list of what is expected (`tests/vectors/receiving.json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Told(StrEnum):
    LINE = "line"
    AGAIN = "again"
    LABEL = "label"
    RECEIVED = "received"
    PIECES = "pieces"
    OVER = "over"
    UNORDERED = "unordered"
    ALREADY_REGISTERED = "already_registered"
    SAVED = "saved"


SENTENCES: Mapping[Told, str] = {
    Told.LINE: "Receiving {what} in {number}. Scan the serial numbers.",
    Told.AGAIN: "{thing} was received in {number} already.",
    Told.LABEL: "Label {tag} is on {thing}.",
    Told.RECEIVED: "{thing} is received as {what}: {count} of {ordered}.",
    Told.PIECES: "{pieces} of {what} received: {count} of {ordered}.",
    Told.OVER: "{thing}: more than ordered of {what}. Somebody decides in {number}.",
    Told.UNORDERED: "{thing} is not on the order: extra. Somebody decides in {number}.",
    Told.ALREADY_REGISTERED: (
        "{thing} is registered already as {tag}. Somebody decides in {number}."
    ),
    Told.SAVED: "Saved in {number}.",
}


def say(told: Told, **values: object) -> str:
    """Return the sentence, filled in."""
    return SENTENCES[told].format(**values)
