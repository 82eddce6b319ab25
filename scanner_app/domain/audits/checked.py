"""Check a whole report of format 2: its seal, what it says, its place in chain and log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.seals.chain import Link, find_breaks
from scanner_app.domain.seals.check import Broken, check_seal, read_text
from scanner_app.domain.seals.leaves import digest_leaf
from scanner_app.domain.seals.merkle import follow_inclusion
from scanner_app.domain.seals.notes import verify_checkpoint
from scanner_app.domain.seals.report import FORMAT, SEAL, verify_report

# What each code of a failure means to people, by the first thing that they should know.
WORDS = {
    "json": "This is not a sealed report, or it is damaged.",
    "content": "The record was changed after it was sealed.",
    "key": "The record was sealed with another key.",
    "key_id": "The key in the record is not the one that the record names.",
    "signature": "The seal does not belong to this content.",
    "population": "The list of what was expected is not the one that was frozen.",
    "draw": "The sample is not the one that list and seed give.",
    "scans": "The scans are not those that were sealed.",
    "findings": "A finding does not follow from its scans.",
    "decisions": "A decision does not follow the rules of this audit.",
    "attestations": "An answer of a person is not what was sealed.",
    "rounds": "A location was not counted twice as the policy says.",
    "holdings": "What has no label does not follow from what people said of it.",
    "figures": "A figure does not follow from the findings.",
    "chain": "The records do not follow one another.",
    "log": "The record does not fit the signed log.",
    "pictures": "A picture is not the one that was sealed.",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A report that was found untouched: its place in the chain, and the key that sealed it."""

    number: int
    sha256: str
    previous_sha256: str | None
    key_id: str

    @property
    def link(self) -> Link:
        """Its place in the chain."""
        return Link(self.number, self.sha256, self.previous_sha256)


def check_report(
    text: bytes,
    *,
    public_pem: str | None = None,
    sealed: Mapping[str, Any] | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> Checked:
    """Return what a report of format 2 is, if it is untouched and right.

    :param public_pem: the key that it must be sealed with.
    :param sealed: the proof that its seal is in the log.
    :param pictures: the pictures that are at hand, by the hashes that the report names.
    :raises Broken: it is not; the first failure is named.
    """
    report = read_text(text)
    if report.get("format") != FORMAT:
        raise Broken("json", "it is not a report of format 2")
    key_id = check_seal(report, public_pem=public_pem)
    seal = report[SEAL]
    try:
        check_meaning(report)
        _check_log(report, seal, sealed)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise Broken("json", f"it lacks what a report holds: {error}") from None
    for picture in report["pictures"]:
        content = (pictures or {}).get(picture["sha256"])
        if content is not None and hashlib.sha256(content).hexdigest() != picture["sha256"]:
            raise Broken("pictures", picture["sha256"])
    previous = report["previous"]
    return Checked(
        report["number"], seal["sha256"], previous["sha256"] if previous else None, key_id
    )


def check_any(text: bytes, *, public_pem: str | None = None) -> Checked | str:
    """Return what a report is: of format 2 with its place in the chain, of format 1 its key.

    :raises Broken, BrokenSeal: it was altered, or is not a report.
    """
    if f'"format":"{FORMAT}"'.encode() in text.replace(b'": "', b'":"'):
        return check_report(text, public_pem=public_pem)
    return verify_report(text, public_pem=public_pem)


def _check_log(
    report: Mapping[str, Any], seal: Mapping[str, Any], sealed: Mapping[str, Any] | None
) -> None:
    notes = list(report["checkpoints"].values())
    if sealed is not None:
        if sealed["leaf"]["about"]["sha256"] != seal["sha256"]:
            raise Broken("log", "sealed act's sha256 is another")
        notes.append(sealed["checkpoint"])
    try:
        points = [verify_checkpoint(note, seal["public_key"]) for note in notes]
        if sealed is not None:
            path = [bytes.fromhex(node) for node in sealed["proof"]]
            found = follow_inclusion(
                digest_leaf(sealed["leaf"]), sealed["index"], points[-1].size, path
            )
            if found != points[-1].root:
                raise Broken("log", "the seal is not in the log")
    except ValueError as error:
        raise Broken("log", str(error)) from None


def check_links(checked: Sequence[Checked]) -> None:
    """Raise unless several reports follow one another in the chain.

    :raises Broken: `chain`, a number is missing or names another predecessor.
    """
    for fault in find_breaks([one.link for one in checked]):
        raise Broken("chain", fault)
