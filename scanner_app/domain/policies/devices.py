"""Checks of devices, by what they report. What nothing says is not known, never taken for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from scanner_app.domain.policies.gates import CheckState, Verdict

Params = Mapping[str, Any]
_PASS, _FAIL, _UNKNOWN = CheckState.PASS, CheckState.FAIL, CheckState.UNKNOWN


@dataclass(frozen=True, slots=True)
class DeviceSubject:
    """What is known of a device.

    :param facts: the newest value of each fact by its name.
    :param release: what it runs, empty if nobody knows; `ends_on` is the end of its support.
    :param unpatched: when each vulnerability that is to be checked first became known.
    :param possible: how many more may touch it.
    """

    today: date
    facts: Mapping[str, str]
    release: str = ""
    ends_on: date | None = None
    is_ended: bool = False
    unpatched: tuple[date, ...] = ()
    possible: int = 0
    contact_at: datetime | None = None
    sighted_at: datetime | None = None
    patched_on: date | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a number may go.

    :param is_least: the limit is the least that is good; else the most.
    """

    fact: str
    param: str
    what: str
    is_least: bool


LIMITS = (
    Limit("disk_free_percent", "disk_free", "of the disk is free", is_least=True),
    Limit("battery_percent", "battery", "of the battery is left", is_least=True),
    Limit("cpu_percent", "cpu", "of the processor is used", is_least=False),
    Limit("boot_seconds", "boot", "seconds to start", is_least=False),
)


@dataclass(frozen=True, slots=True)
class IsOn:
    """The check that a device says yes to something.

    :param yes: what is said then; `no` otherwise.
    """

    fact: str
    yes: str
    no: str

    def __call__(self, subject: DeviceSubject, _params: Params) -> Verdict:
        value = subject.facts.get(self.fact)
        if value is None:
            return Verdict(_UNKNOWN, "The device does not say.")
        return Verdict(_PASS, self.yes) if value == "yes" else Verdict(_FAIL, self.no)


def seen_within(subject: DeviceSubject, params: Params) -> Verdict:
    """Return whether a device was heard of in the last days."""
    at = subject.contact_at.date() if subject.contact_at else None
    return _is_recent(at, subject.today, params["days"], "heard of")


def patched_within(subject: DeviceSubject, params: Params) -> Verdict:
    """Return whether a device was patched in the last days."""
    return _is_recent(subject.patched_on, subject.today, params["days"], "patched")


def sighted_within(subject: DeviceSubject, params: Params) -> Verdict:
    """Return whether a scan saw a device in the last days."""
    at = subject.sighted_at.date() if subject.sighted_at else None
    return _is_recent(at, subject.today, params["days"], "seen by a scan")


def _is_recent(day: date | None, today: date, days: int, what: str) -> Verdict:
    if day is None:
        return Verdict(_UNKNOWN, f"Nothing says when it was {what}.")
    state = _PASS if today - day <= timedelta(days=days) else _FAIL
    return Verdict(state, f"It was {what} last on {day.isoformat()}.")


def os_supported(subject: DeviceSubject, params: Params) -> Verdict:
    """Return whether what a device runs is supported, or was until some days ago."""
    if not subject.release:
        return Verdict(_UNKNOWN, "Nobody knows what it runs.")
    ends_on = subject.ends_on
    if ends_on is None:
        state = _FAIL if subject.is_ended else _PASS
        ends = "has ended" if subject.is_ended else "goes on"
        return Verdict(state, f"Support of {subject.release} {ends}.")
    state = _PASS if subject.today <= ends_on + timedelta(days=params["grace_days"]) else _FAIL
    verb = "ends" if subject.today <= ends_on else "ended"
    return Verdict(state, f"Support of {subject.release} {verb} on {ends_on.isoformat()}.")


def not_known_exploited(subject: DeviceSubject, params: Params) -> Verdict:
    """Return whether the catalogue names nothing that a device runs unpatched."""
    first = subject.today - timedelta(days=params["grace_days"])
    open_ = sum(added_on < first for added_on in subject.unpatched)
    if open_:
        return Verdict(_FAIL, f"{open_:,} to check first: exploited, and not patched since.")
    if subject.possible or not subject.facts:
        return Verdict(_UNKNOWN, f"{subject.possible:,} possible; nothing says it was patched.")
    return Verdict(_PASS, "The catalogue names nothing that it runs unpatched.")


def performs(subject: DeviceSubject, params: Params) -> Verdict:
    """Return whether the numbers that a device reports are within their limits."""
    known, beyond = 0, []
    for limit in LIMITS:
        if limit.fact not in subject.facts:
            continue
        known += 1
        number, most = Decimal(subject.facts[limit.fact]), Decimal(params[limit.param])
        if number < most if limit.is_least else number > most:
            unit = "" if limit.fact.endswith("seconds") else " %"
            beyond.append(f"{number:f}{unit} {limit.what}")
    if beyond:
        return Verdict(_FAIL, f"{', '.join(beyond)}.")
    if not known:
        return Verdict(_UNKNOWN, "The device says none of these numbers.")
    return Verdict(_PASS, "What it says is within the limits.")
