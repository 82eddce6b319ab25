"""What labels mean to a register: each case is a label as a printer, a reader or a phone gives it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import NO_RULES, TagRules, read_code
from scanner_app.decoding.codes.retail import expand_upc_e
from scanner_app.decoding.picture.decode import decode_picture
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import Asset
from scanner_app.queries.scanning.codes import CodeIndex, custodian_values, values_of
from scanner_app.services.tags.enrol import NeedsConfirmation, take_code
from scanner_app.storage.database import db
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
LABELS = Path(__file__).parents[1] / "data" / "labels"
ASSETS = [
    ("0012345678905", []),
    ("00007", []),
    ("12345", []),
    ("LT/M0042", []),
    ("LT-0042", []),
    ("ZZ-1001", [("serial", "PF1ABCDE")]),
    ("ZZ-1003", [("serial", "PF12345")]),
    ("ZZ-1004", [("sgtin", "09520123456788.ABC")]),
    ("ZZ-1005", [("alias", "https://qr.example.com/Ab3x")]),
    ("ZZ-1007", [("giai", "06141415678")]),
    ("ZZ-1009", [("tid", "010086F444")]),
    ("ZZ-1010", [("tid", "04A22B1C334455")]),
    ("ZZ-1011", [("giai", "0614141(B)7")]),
    ("ZZ-1012", [("epc", "E2806894000040017790E471")]),
    ("ZZ-1013", [("tid", "0008844999")]),
    ("ZZ-1014", [("alias", "HTTPS://OLD.EXAMPLE.COM/AB")]),
    ("ZZ-1015", [("tid", "1F00D2A17C")]),
    ("ZZ-1016", [("tid", "5A3C91E7")]),
    ("ZZ-1017", [("tid", "04A1B2C3D4E580")]),
    ("ZZ-1018", [("tid", "08414B1C9D2E3F5A6B7C")]),
    ("ZZ-1019", [("tid", "E004015012345678")]),
    ("ZZ-1020", [("sgtin", "80614141123458.6789")]),
    ("ZZ-1021", [("epc", "E28011606000020A1B2C3D4E")]),
    ("ZZ-1022", [("tid", "E2003412012345678901AB02")]),
    ("ZZ-1030", [("serial", "5CG9988XYZ")]),
]
CASES = json.loads((Path(__file__).parents[1] / "vectors" / "labels.json").read_text())


RULES = TagRules(prefix="LT-", digits=5)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def fill_register(session: Session) -> None:
    for tag, codes in ASSETS:
        add_asset(session, tag, identifiers=codes, now=START)
    add_asset(session, "LT-01071", now=START)
    add_asset(session, "LT-00042", now=START)
    add_asset(session, "LT-00043", now=START)
    add_person(session, "1071", "Ana Alves", badge="0012345678", now=START)
    add_location(session, "42", "Room 42", now=START)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_register if "register" in request.fixturenames else None


@pytest.fixture
def register(filled: Any) -> Any:
    return filled


@pytest.fixture
def meaning_of(register, app):
    def ask(text: str, symbology: str | None = None, rules: TagRules = NO_RULES) -> str:
        """Return an asset's tag, or what else a code means."""
        reading = read_code(text, symbology=symbology, rules=rules)
        index = CodeIndex(db.session.connection(), values_of(reading))
        meaning = index.find(reading, at=LATER)
        return (
            db.session.get(Asset, meaning.id).asset_tag if meaning.kind == "asset" else meaning.kind
        )

    with app.app_context():
        yield ask


def test_a_label_means_its_asset_in_every_form(meaning_of):
    got = [case | {"means": meaning_of(case["text"], case["symbology"])} for case in CASES]

    assert [case for case in got if case not in CASES] == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("1071", "ambiguous"),
        ("42", "ambiguous"),
        ("00042", "LT-00042"),
        ("043", "LT-00043"),
        ("LT-43", "LT-00043"),
        ("LT-0042", "LT-0042"),
        ("lt-00042", "LT-00042"),
    ],
)
def test_the_prefix_rule_never_beats_what_is_registered_as_it_stands(meaning_of, text, means):
    assert meaning_of(text, rules=RULES) == means


@ON_SQLITE
def test_a_code_with_two_meanings_names_both(register, api_as):
    answer = api_as("technician").get("/identify?code=(01)09520123456788(21)ABC(10)XYZ").json

    assert (answer["kind"], answer["problem"]) == ("ambiguous", "ambiguous_gs1")
    assert answer["identifier"] == {"scheme": "sgtin", "value": "09520123456788.ABC(10)XYZ"}
    assert [option["asset_tag"] for option in answer["options"]] == ["ZZ-1004"]


@ON_SQLITE
def test_a_scan_that_can_be_read_in_two_ways_takes_neither(register, api_as):
    scan = {
        "scan_id": "6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0010",
        "code": "(01)09520123456788(21)ABC(10)XYZ",
        "intent": "sighting",
        "scanned_at": LATER.isoformat(),
    }

    (result,) = api_as("technician").post("/scans", json={"scans": [scan]}).json["results"]

    assert (result["outcome"], result["asset"]) == ("ambiguous", None)
    assert "two ways" in result["message"]


@ON_SQLITE
def test_a_badge_is_one_card_in_every_spelling(meaning_of):
    for text in ("0012345678", "00BC614E", "0000BC614E", "188,24910", "BC614E"):
        assert meaning_of(text, "rfid") == "person", text


@ON_SQLITE
def test_a_person_is_named_by_a_badge_in_any_spelling(register, app):
    with app.app_context():
        for text in ("0012345678", "188,24910", "0000BC614E"):
            values = custodian_values(text)
            index = CodeIndex(db.session.connection(), values)
            assert index.find_custodian(values, LATER).kind == "person", text


@ON_SQLITE
def test_a_card_that_is_somebodys_is_not_bound_again_in_another_spelling(register, work):
    with work() as session, pytest.raises(NeedsConfirmation, match="ZZ-1009"):
        take_code(
            session,
            code="0008844356",
            symbology="rfid",
            act="tag",
            asset_tag="ZZ-1030",
            tag=None,
            replaces=False,
            actor=Actor("user", 1, "Ana", Role.ADMIN),
            now=LATER,
            rules=NO_RULES,
        )


@ON_SQLITE
def test_a_label_in_lines_is_recorded_whether_it_is_understood_or_not(register, api_as):
    for number, (code, outcome) in enumerate(
        (
            ("Serial Number = 5CG9988XYZ\nInventory Number = ZZ-1030", "noted"),
            ("Colour = red\nSize = 12", "unregistered"),
        )
    ):
        scan = {
            "scan_id": f"6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f000{number}",
            "code": code,
            "intent": "sighting",
            "scanned_at": LATER.isoformat(),
        }
        answer = api_as("technician").post("/scans", json={"scans": [scan]})

        assert answer.json["results"][0]["outcome"] == outcome, answer.text


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        ("c39_slash", "IT/A0042"),
        ("c39_slashF", "2222/F1"),
        ("c39_slashM", "LT/M0042"),
        ("c39_slashN", "6/N1/IE521.523"),
        ("c39_dollar", "LT$M0042"),
        ("c39_pair2", "PC+A0042"),
        ("c39_plus", "+L+T-0042"),
    ],
)
def test_a_picture_of_code_39_is_read_as_it_is_printed(picture, text):
    found = decode_picture((LABELS / f"{picture}.png").read_bytes())

    assert [(s.text, s.symbology) for s in found.symbols] == [(text, "code_39")]


@pytest.mark.parametrize(
    ("text", "symbology", "first"),
    [
        ("LT/M0042", "code_39", "LT-0042"),
        ("+L+T-0042", "code_39", "LT-0042"),
        ("]A0LT/M0042", None, "LT-0042"),
        ("]A4LT/M0042", None, "LT/M0042"),
        ("LT/M0042", "code_128", "LT/M0042"),
        ("LT/M0042", None, "LT/M0042"),
        ("LT$M0042", "code_39", "LT$M0042"),
        ("LT-0042%", "code_39", "LT-0042%"),
        ("A%V1", "code_39", "A@1"),
    ],
)
def test_full_ascii_is_read_by_agreement_only(text, symbology, first):
    agreed = read_code(text, symbology=symbology, rules=TagRules(code39_full_ascii=True))
    plain = read_code(text, symbology=symbology)

    assert agreed.candidates[0].value == first
    assert [c.value for c in plain.candidates] == [plain.text.upper()]


@pytest.mark.parametrize(
    ("digits", "whole"),
    [
        ("04252614", "042100005264"),
        ("01234133", "012300000413"),
        ("01234145", "012340000015"),
        ("01234505", "012000003455"),
        ("0123456", "012345000065"),
        ("123456", "012345000065"),
        ("04252615", None),
        ("24252614", None),
    ],
)
def test_upc_e_is_a_short_upc_a(digits, whole):
    assert expand_upc_e(digits) == whole
