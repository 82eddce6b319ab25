"""The fields of a scan: good ones are read, and all that is wrong with the others is named."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.scanning.new_scan import (
    PARSERS,
    NewScan,
    Refused,
    parse_scan,
    parse_time,
    parse_uuid,
)

GOOD = {
    "scan_id": "6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001",
    "code": "LT-001",
    "intent": "sighting",
    "scanned_at": "2026-03-02T09:00:00+01:00",
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**33),
    st.text(max_size=6),
    st.lists(st.integers(), max_size=1),
    st.sampled_from(
        [*GOOD.values(), "void", "move", "camera", "good", "code_128", " R-1 ", "\x1d01", "2026",
         str(uuid.UUID(int=3)), "x" * 256, "a\x00b", "a\tb"]
    ),
)  # fmt: skip
RAWS = st.dictionaries(st.sampled_from([*PARSERS, "colour"]), VALUES, max_size=8)


@pytest.mark.parametrize("claimed", ["9999-12-31T23:59:59Z", "9000-01-01T00:00:00Z"])
def test_nothing_is_due_when_no_day_can_be_added(claimed):
    found = parse_scan({**GOOD, "intent": "check_out", "custodian": "1", "due_at": claimed})
    assert list(found) == ["due_at"]


def takes(name: str, value: object) -> bool:
    """Return whether the parser of this field alone takes the value."""
    try:
        if value is not None:
            PARSERS[name](value)
    except Refused:
        return False
    return True


def find_odd_fields(given_: dict[str, Any]) -> set[str]:
    """Return which fields do not go with the intent: docs/scanning.md, the fields of a scan."""
    intent, quantity = given_["intent"], given_.get("quantity", 1)
    is_task = "task" in given_
    rules = {
        "voids": (intent == "void") != ("voids" in given_),
        "for_code": (intent == "claim") != ("for_code" in given_),
        "task": (is_task and intent not in {"pack", "sighting", "receive"})
        or (intent == "pack" and not is_task),
        "label": "label" in given_ and not is_task,
        "quantity": intent != "count" and not 0 < int(quantity) <= 100_000,
    }
    return {name for name, is_odd in rules.items() if is_odd}


class TestParseScan:
    @given(RAWS, st.booleans())
    def test_takes_a_scan_only_if_each_of_its_fields_is_taken(self, raw, is_whole):
        given_ = {**GOOD, **raw} if is_whole else raw
        wrong = {n for n, v in given_.items() if n not in PARSERS or not takes(n, v)}
        missing = {name for name in GOOD if given_.get(name) is None}

        scan = parse_scan(given_)

        if wrong | missing:
            assert set(scan) == wrong | missing
        elif odd := find_odd_fields({n: v for n, v in given_.items() if v is not None}):
            assert set(scan) == odd
        else:
            assert isinstance(scan, NewScan)
            # Python's own strip takes the separators of GS1 and ISO/IEC 15434 too.
            code = given_["code"].strip(" \t\r\n")
            assert (scan.code, scan.intent) == (code, given_["intent"])

    def test_takes_every_field_of_a_scan_but_those_that_only_readers_fill(self):
        assert set(NewScan._fields) - set(PARSERS) == {"reader_said", "read_key", "is_faint"}

    @pytest.mark.parametrize("name", [*PARSERS, "colour"])
    def test_names_the_field_that_is_wrong(self, name):
        wrong = parse_scan({**GOOD, name: {"deep": [1]}})

        assert list(wrong) == [name]

    def test_names_what_is_missing(self):
        assert list(parse_scan({})) == ["scan_id", "code", "intent", "scanned_at"]


class TestParseTime:
    @pytest.mark.parametrize(
        ("text", "time"),
        [
            ("2026-03-02T09:00:00+01:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
            ("2026-03-02t09:00:00z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
            ("2026-03-02 09:00:00.5Z", datetime(2026, 3, 2, 9, 0, 0, 500000, tzinfo=UTC)),
            ("2026-03-02T09:00:00.000001234-00:00", datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC)),
            ("2024-02-29T23:59:59+23:59", datetime(2024, 2, 29, 0, 0, 59, tzinfo=UTC)),
        ],
    )
    def test_reads_rfc_3339(self, text, time):
        assert parse_time(text) == time
        assert parse_time(text).tzinfo is UTC

    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-02T09:00:00", "2026-03-02T09:00Z", "2026-03-02", "2026-W10-1T09:00:00Z",
            "2026-03-02T09:00:00+0100", "2026-03-02T09:00:00+01", "20260302T090000Z",
            "2026-03-02T09:00:00,5Z", "2026-03-02T09:00:00.Z", " 2026-03-02T09:00:00Z",
            "2026-02-29T09:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T09:00:60Z",
            "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "", "Z", ":", 5, None, b"Z",
            "2026-03-02T09:00:00.1234567890+01:00", "2026-03-02T09:00:00\ud800", "\ud800",
        ],
    )  # fmt: skip
    def test_refuses_what_is_not_an_rfc_3339_time(self, text):
        with pytest.raises(Refused):
            parse_time(text)


class TestParseUuid:
    def test_reads_a_uuid_in_either_case(self):
        text = "6A1C7F0F-6d5a-4f1f-9e0d-7e5b3b1f0001"

        assert parse_uuid(text) == uuid.UUID(text)

    @pytest.mark.parametrize(
        "text",
        [
            "6a1c7f0f6d5a4f1f9e0d7e5b3b1f0001", "{6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001}",
            "6a1c7f0f6-d5a-4f1f-9e0d-7e5b3b1f0001", "urn:uuid:6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f",
            "6a1c7f0f_6d5a_4f1f_9e0d_7e5b3b1f0001", "６a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001", 1, None,
            "\ud800" * 36,
        ],
    )  # fmt: skip
    def test_refuses_every_other_form(self, text):
        with pytest.raises(Refused):
            parse_uuid(text)
