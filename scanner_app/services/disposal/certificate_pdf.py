"""A sealed certificate as a PDF, drawn from its text: the same text gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from scanner_app.domain.disposal.levels import Medium
from scanner_app.domain.text import ENGLISH, Voice
from scanner_app.services.files.pdf import BOLD, Paper

DIGITS = 16


def write_certificate(
    body: Mapping[str, Any],
    target: IO[bytes],
    *,
    sha256: str,
    address: str,
    voice: Voice = ENGLISH,
) -> None:
    """Write a certificate.

    :param body: the sealed text, read.
    :param address: where it is shown; it is in the QR code.
    :param voice: of the language that the sealed text names.
    """
    say = voice.say
    facts = body["certificate"]
    is_disposal = facts["kind"] == "disposal"
    title = say("Certificate of disposal") if is_disposal else say("Certificate of erasing")
    paper = Paper(
        target,
        title=f"{title} {facts['number']}",
        foot=f"{facts['number']}, SHA-256 {sha256[:DIGITS]}",
        say=say,
    )
    if body["organization"]["name"]:
        paper.write(body["organization"]["name"])
    paper.write(f"{title} {facts['number']}", font=BOLD, size=18, after=4)
    paper.write(f"{say('Issued on')} {_time(facts['issued_at'])}", after=6)
    if body["consignment"] is not None:
        _write_consignment(paper, body["consignment"])
    _write_items(paper, body["items"])
    if body["consignment"] is not None and body["consignment"]["method"] == "write_off":
        _write_losses(paper, body)
    else:
        _write_media(paper, body["items"])
    _write_differences(paper, body["differences"])
    _write_chain(paper, body)
    paper.head("Check it", keep=140)
    how = say(
        "The certificate itself is the JSON of the same number: check it with"
        " verify_certificate.py, or with scanner-app certificates verify."
    )
    paper.write(f"SHA-256 {sha256}. {how}")
    paper.code(address)
    paper.write(address, size=7)
    paper.finish()


def _write_differences(paper: Paper, differences: list[Mapping[str, Any]]) -> None:
    if not differences:
        return
    paper.head("Differences, as they were decided")
    paper.table(
        ("Thing", "Recipient's list", "Decision", "Reason", "Decided by"),
        (2, 1.4, 1, 3, 1.6),
        [
            (one["code"], one["confirmed"], one["decision"], one["reason"], one["decided_by"])
            for one in differences
        ],
    )


def _write_consignment(paper: Paper, facts: Mapping[str, Any]) -> None:
    say, until = paper.say, paper.say("until")
    schemes = ", ".join(
        " ".join(
            filter(
                None,
                (
                    one["scheme"],
                    one["number"],
                    one["ends_on"] and f"{until} {one['ends_on']}",
                ),
            )
        )
        for one in facts["schemes"]
    )
    paper.head("Consignment")
    rows = (
        (say("Number"), facts["number"]),
        (say("Method"), facts["method"].replace("_", " ")),
        (say("Recipient"), facts["recipient"]),
        (say("Certified"), schemes),
        (say("Carrier"), facts["carrier"] or ""),
    )
    paper.table(("", ""), (1, 4), [row for row in rows if row[1]])


def _write_items(paper: Paper, items: list[Mapping[str, Any]]) -> None:
    paper.head(f"{paper.say('What is gone')}: {len(items)}")
    paper.table(
        ("Asset", "Serial number", "Model", "Weight g", "Value", "Proceeds", "Became"),
        (1.5, 1.7, 2.2, 1, 1.2, 1.2, 1.4),
        [
            (
                one["asset_tag"],
                one["serial"] or "",
                " ".join(filter(None, (one.get("maker"), one.get("model")))),
                str(one["weight_g"]) if one.get("weight_g") is not None else "",
                _value(one),
                one.get("proceeds") or "",
                one.get("disposition") or "",
            )
            for one in items
        ],
    )


def _write_media(paper: Paper, items: list[Mapping[str, Any]]) -> None:
    paper.head("How the media were erased")
    paper.table(
        (
            "Asset",
            "Medium",
            "Technique",
            "Needed",
            "Reached",
            "Erased by",
            "Verified by",
            "Accepted by",
        ),
        (1.4, 1.7, 1.5, 1, 1, 1.5, 1.5, 1.5),
        [
            (
                one["asset_tag"],
                " ".join(filter(None, (paper.say(Medium(each["medium"]).label), each["serial"]))),
                _words(each["technique"]),
                one["needed"],
                each["reached"],
                each["performed_by"],
                each["verified_by"],
                each["validated_by"],
            )
            for one in items
            for each in one["sanitizations"]
        ],
    )


def _write_losses(paper: Paper, body: Mapping[str, Any]) -> None:
    """Write that nothing was erased, where it was missing, and what was on it."""
    say = paper.say
    paper.head("Never found, not sanitized")
    paper.table(
        ("Asset", "Lost since", "Last seen", "Missing in audits", "Data kept on it"),
        (1.4, 1.2, 1.6, 2.6, 3),
        [
            (
                one["asset_tag"],
                one["lost_since"] or "",
                _time(one["last_seen_at"]) if one["last_seen_at"] else say("never"),
                ", ".join(
                    f"{each['audit']} ({say('seal')} {each['seal']})" for each in one["missing_in"]
                ),
                ", ".join(
                    f"{each['name']} ({each['classification'] or say('not classified')})"
                    for each in one["data_held"]
                )
                or say("none on record"),
            )
            for one in body["items"]
        ],
    )
    for one in sorted(body["people"], key=lambda one: one["at"]):
        if one.get("statement"):
            paper.write(f"{one['name']} ({_words(one['did'])}): {one['statement']}")
        if one.get("waiver"):
            paper.write(f"{say('Confidential data')}, {one['name']}: {one['waiver']}")


def _write_chain(paper: Paper, body: Mapping[str, Any]) -> None:
    if body["chain"]:
        paper.head("From hand to hand")
        paper.table(
            ("Step", "Handed over by", "Received by", "Person", "Things", "Time"),
            (0.6, 2, 2, 2, 0.8, 2),
            [
                (
                    str(one["position"]), one["from_party"], one["to_party"], one["person"],
                    str(one["item_count"]), _time(one["at"]),
                )
                for one in body["chain"]
            ],
        )  # fmt: skip
    if body["attachments"]:
        paper.head("Papers of the recipient")
        paper.table(
            ("Name", "SHA-256"),
            (2, 2),
            [(one["name"], one["sha256"][: 2 * DIGITS]) for one in body["attachments"]],
        )
    if body["people"]:
        paper.head("Who took part")
        paper.table(
            ("Did", "Person", "Role", "Time"),
            (1.4, 2, 1.4, 2),
            [
                (_words(one["did"]), one["name"], one["role"], _time(one["at"]))
                for one in sorted(body["people"], key=lambda one: one["at"])
            ],
        )


def _value(item: Mapping[str, Any]) -> str:
    """Return what a thing was still worth, else what it had cost, with its currency."""
    value = item.get("book_value") or item.get("cost")
    return f"{value} {item.get('currency') or ''}".strip() if value else ""


def _words(text: str) -> str:
    return text.replace("_", " ")


def _time(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC"
