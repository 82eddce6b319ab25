"""The closed list of checks: one row each, with its params and its pure function.

A check takes a frozen subject and params and returns a verdict with a sentence. No text of a person
is ever run: params are data, checks are code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner_app.domain.money import say_money
from scanner_app.domain.policies import devices
from scanner_app.domain.policies.bands import DEFAULT_BANDS, count_needed
from scanner_app.domain.policies.gates import CheckState, Gate, Verdict
from scanner_app.domain.policies.subjects import BuyingSubject, DeploymentSubject

Params = Mapping[str, Any]


class Check(StrEnum):
    APPROVED_BY = "approved_by"
    QUOTES_AT_LEAST = "quotes_at_least"
    SIGNED_FOR = "signed_for"
    ENCRYPTED = "encrypted"
    ANTIVIRUS_ON = "antivirus_on"
    FIREWALL_ON = "firewall_on"
    SEEN_WITHIN = "seen_within"
    PATCHED_WITHIN = "patched_within"
    SIGHTED_WITHIN = "sighted_within"
    OS_SUPPORTED = "os_supported"
    NOT_KNOWN_EXPLOITED = "not_known_exploited"
    PERFORMS = "performs"

    @property
    def facts(self) -> CheckRow:
        """Return the row of this check."""
        return CHECKS[self]


class ParamKind(StrEnum):
    """How a param is typed and kept: `money` in hundredths, `words` as a list of texts."""

    BANDS = "bands"
    COUNT = "count"
    MONEY = "money"
    WORDS = "words"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class ParamRow:
    """One param of a check.

    :param least: the smallest number that is taken, `most` the largest.
    """

    name: str
    label: str
    kind: ParamKind
    usual: Any
    help: str = ""
    least: int = 0
    most: int = 10_000


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What is said about a check.

    :param sentence: what it asks for, as its page says it.
    :param gates: at which it can be checked.
    :param judge: the check itself.
    """

    label: str
    sentence: str
    gates: tuple[Gate, ...]
    params: tuple[ParamRow, ...]
    judge: Callable[[Any, Params], Verdict]


def read_usual(check: Check) -> dict[str, Any]:
    """Return the params that a check has unless somebody changes them."""
    return {row.name: row.usual for row in check.facts.params}


def judge(check: Check, subject: Any, params: Params) -> Verdict:
    """Return what a check finds. One that raises could not tell: it never stops a page."""
    try:
        return check.facts.judge(subject, {**read_usual(check), **params})
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return Verdict(CheckState.UNKNOWN, f"This could not be checked ({type(error).__name__}).")


def _approved_by(subject: BuyingSubject, params: Params) -> Verdict:
    unknown, missing = [], []
    for part in subject.parts:
        if not part.name and not params["needs_request"]:
            continue
        needed = count_needed(params["bands"], part.amount_cents)
        if part.approvals >= needed:
            continue
        what = part.name or "What no request asked for"
        has = f"has {part.approvals} of {needed} approvals"
        if part.amount_cents is None:
            unknown.append(f"{what} has no price that can be compared, and {has}.")
        else:
            missing.append(f"{what} comes to {say_money(part.amount_cents)} and {has}.")
    if missing or unknown:
        state = CheckState.FAIL if missing else CheckState.UNKNOWN
        return Verdict(state, " ".join([*missing, *unknown]))
    return Verdict(CheckState.PASS, "All that needs an approval has it.")


def _quotes_at_least(subject: BuyingSubject, params: Params) -> Verdict:
    few = [
        f"{part.name} has {part.quotes} of {params['n']} quotes."
        for part in subject.parts
        if part.name
        and part.quotes < params["n"]
        and (part.amount_cents is None or part.amount_cents > params["above"])
    ]
    if few:
        return Verdict(CheckState.FAIL, " ".join(few))
    return Verdict(CheckState.PASS, "There are enough quotes.")


def _signed_for(subject: DeploymentSubject, _params: Params) -> Verdict:
    if not subject.holder:
        return Verdict(CheckState.PASS, "Nobody has it, so nobody signs for it.")
    if subject.is_signed:
        return Verdict(CheckState.PASS, f"{subject.holder} has signed for it.")
    return Verdict(CheckState.FAIL, f"{subject.holder} has it and has not signed for it.")


_BUYING, _DEPLOYING = (Gate.REQUEST, Gate.ORDER), (Gate.DEPLOY,)
_P, _K = ParamRow, ParamKind


def _days(usual: int) -> tuple[ParamRow, ...]:
    return (_P("days", "Days", _K.COUNT, usual, least=1, most=3650),)


_GRACE = (_P("grace_days", "Days of grace", _K.COUNT, 0, most=3650),)
# By the daily check alone.
_DEVICE = (Gate.NONE,)
CHECKS: Mapping[Check, CheckRow] = {
    Check.APPROVED_BY: CheckRow(
        "Approved by",
        "The higher the amount, the more people approve it. Nobody approves what they asked for.",
        (Gate.ORDER,),
        (
            _P("bands", "Approvals by amount", _K.BANDS, [list(one) for one in DEFAULT_BANDS]),
            _P(
                "needs_request",
                "Also what no request asked for",
                _K.FLAG,
                usual=False,
                help="Then an order above the first amount is placed only from a request.",
            ),
        ),
        _approved_by,
    ),
    Check.QUOTES_AT_LEAST: CheckRow(
        "Quotes at least",
        "What costs much is compared before it is bought.",
        _BUYING,
        (
            _P("n", "Quotes", _K.COUNT, 3, least=1, most=20),
            _P("above", "For amounts above", _K.MONEY, 5_000_00),
        ),
        _quotes_at_least,
    ),
    Check.SIGNED_FOR: CheckRow(
        "Signed for", "Who has the thing has signed for it.", _DEPLOYING, (), _signed_for
    ),
    Check.ENCRYPTED: CheckRow(
        "Encrypted", "The disk of a device is encrypted.", _DEVICE, (),
        devices.IsOn("encrypted", "Its disk is encrypted.", "Its disk is not encrypted."),
    ),
    Check.ANTIVIRUS_ON: CheckRow(
        "Antivirus on", "A device is protected against viruses.", _DEVICE, (),
        devices.IsOn("antivirus_on", "Its antivirus is on.", "Its antivirus is off."),
    ),
    Check.FIREWALL_ON: CheckRow(
        "Firewall on", "A device keeps its firewall on.", _DEVICE, (),
        devices.IsOn("firewall_on", "Its firewall is on.", "Its firewall is off."),
    ),
    Check.SEEN_WITHIN: CheckRow(
        "Heard of", "A device reported in the last days.", _DEVICE, _days(30),
        devices.seen_within,
    ),
    Check.PATCHED_WITHIN: CheckRow(
        "Patched", "A device was patched in the last days.", _DEVICE, _days(45),
        devices.patched_within,
    ),
    Check.SIGHTED_WITHIN: CheckRow(
        "Seen by a scan", "Somebody scanned a device in the last days.", _DEVICE, _days(365),
        devices.sighted_within,
    ),
    Check.OS_SUPPORTED: CheckRow(
        "Supported", "The maker still fixes what a device runs.", _DEVICE, _GRACE,
        devices.os_supported,
    ),
    Check.NOT_KNOWN_EXPLOITED: CheckRow(
        "Not known to be exploited",
        "The catalogue of exploited vulnerabilities names nothing that a device runs unpatched.",
        _DEVICE, _GRACE, devices.not_known_exploited,
    ),
    Check.PERFORMS: CheckRow(
        "Performs", "The numbers that a device reports are within limits.", _DEVICE,
        (
            _P("disk_free", "Least percent of the disk free", _K.COUNT, 10, most=100),
            _P("battery", "Least percent of the battery left", _K.COUNT, 60, most=100),
            _P("cpu", "Most percent of the processor used", _K.COUNT, 90, most=100),
            _P("boot", "Most seconds to start", _K.COUNT, 120, least=1),
        ),
        devices.performs,
    ),
}  # fmt: skip
