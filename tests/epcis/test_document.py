"""Any scans give a document that the standard's schema takes."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner_app.domain.epcis import Observation, make_event, write_document
from scanner_app.domain.scanning.intents import EVENT_INTENTS

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOMENTS = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)
URIS = st.sampled_from(
    ["https://id.gs1.org/8004/0614141A%2F5678", "https://scan.example.org/a/LT%20%C3%9C"]
)
OBSERVATIONS = st.builds(
    Observation,
    scan_id=st.uuids(),
    intent=st.sampled_from(sorted(EVENT_INTENTS)),
    at=MOMENTS,
    recorded_at=MOMENTS,
    epc=URIS,
    place=st.none() | URIS,
    audit=st.none() | st.just("https://scan.example.org/audits/7"),
    is_damaged=st.booleans(),
    undone_at=st.none() | MOMENTS,
)


def read(observations: list[Observation]) -> dict:
    return json.loads("".join(write_document(observations, created_at=NOW)))


@pytest.mark.slow
class TestWriteDocument:
    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(observations=st.lists(OBSERVATIONS, max_size=5))
    def test_is_valid_whatever_was_scanned(
        self, epcis_schema: jsonschema_rs.Draft7Validator, observations: list[Observation]
    ):
        document = read(observations)

        epcis_schema.validate(document)
        assert document["epcisBody"]["eventList"] == [make_event(seen) for seen in observations]

    def test_a_wrong_event_would_be_noticed(self, epcis_schema: jsonschema_rs.Draft7Validator):
        seen = Observation(uuid.uuid4(), min(EVENT_INTENTS), NOW, NOW, "https://example.org/a/1")
        for change in (
            {"bizStep": "auditing"},
            {"epcList": ["E28011700000020D"]},
            {"eventTimeZoneOffset": "UTC"},
            {"asset_tag": "LT-1"},
            {"eventTime": "yesterday"},
        ):
            document = read([seen])
            document["epcisBody"]["eventList"][0].update(change)

            with pytest.raises(jsonschema_rs.ValidationError):
                epcis_schema.validate(document)

    def test_nothing_seen_is_an_empty_list(self, epcis_schema: jsonschema_rs.Draft7Validator):
        document = read([])

        epcis_schema.validate(document)
        assert document["epcisBody"]["eventList"] == []

    def test_pieces_come_one_by_one(self):
        given_out: list[int] = []

        def observe():
            for number in range(3):
                given_out.append(number)
                yield Observation(uuid.uuid4(), min(EVENT_INTENTS), NOW, NOW, "https://e.org/a/1")

        pieces = write_document(observe(), created_at=NOW)
        next(pieces)
        next(pieces)

        assert given_out == [0]
