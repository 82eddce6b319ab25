"""Print jobs and label printers: the states of a job, and what a printer says of itself."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

PORTS = (9100, 6101)
MAX_HOST = 253
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)


class JobState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What is said about a state of a job."""

    label: str
    tone: str


JOB_STATES = {
    JobState.QUEUED: JobFacts("Waiting", "note"),
    JobState.SENDING: JobFacts("Printing", "accent"),
    JobState.DONE: JobFacts("Printed", "good"),
    # Once a label was sent, nothing is sent again by itself: it would be there twice.
    JobState.UNKNOWN: JobFacts("Look at the printer", "warn"),
    JobState.CANCELLED: JobFacts("Cancelled", "idle"),
}


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What a printer answers to `~HS`.

    :param problem: what a person must do before it prints; empty if it is ready.
    :param left: how many labels it has still to print.
    """

    problem: str
    left: int


def is_host(text: str) -> bool:
    """Return whether a text is a host name or an address, as a connection can be made to."""
    if ":" in text:
        try:
            return "%" not in text and ipaddress.IPv6Address(text) is not None
        except ValueError:
            return False
    return len(text) <= MAX_HOST and all(_LABEL.fullmatch(part) for part in text.split("."))


STATUS_END = 3  # strings of a whole answer, each from STX to ETX
_STRING = re.compile(rb"\x02([^\x02\x03]*)\x03")


def read_status(answer: bytes) -> PrinterStatus | None:
    """Return what a printer said, None if that is not a whole answer yet.

    The first string: paper out is its second field, pause its third. The second string: head up is
    its third field, ribbon out its fourth, the labels left its ninth.
    """
    strings = [found.split(b",") for found in _STRING.findall(answer)]
    if len(strings) < STATUS_END:
        return None
    first, second = strings[0], strings[1]
    try:
        paper, pause = int(first[1]), int(first[2])
        head, ribbon, left = int(second[2]), int(second[3]), int(second[8])
    except (ValueError, IndexError):
        return PrinterStatus("It answers in a form that is not known here.", 0)
    problems = (
        (paper, "It is out of labels."),
        (head, "Its head is open."),
        (ribbon, "It is out of ribbon."),
        (pause, "It is paused."),
    )
    return PrinterStatus(next((text for flag, text in problems if flag), ""), left)
