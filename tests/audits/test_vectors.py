"""The verdicts of a count, scan by scan: the server against the vectors that the phone is tested with."""

from __future__ import annotations

import re

import pytest

from scanner_app.pages.scanning.phone_facts import phone_facts
from tests.audits.steps import START, open_audit, scan
from tests.vectors import load_vectors
from tests.vectors.office import add_vector_office

VECTORS = load_vectors("verdicts.json")


@pytest.fixture
def audit(work, api) -> int:
    with work() as session:
        add_vector_office(session, VECTORS["office"], now=START)
    return open_audit(api)


class TestVerdicts:
    def test_each_scan_has_the_verdict_and_the_sentence_of_the_vectors(self, api, audit, page_as):
        page = page_as("technician")
        sentences = phone_facts()["sentences"]
        place = None
        for minute, row in enumerate(VECTORS["scans"]):
            code = row["code"].replace("https://scan.example.org", "http://localhost")
            result = scan(api, code, audit, location=place, minute=minute)
            assert result["answer"] == row["answer"], row
            if "sentence" in row:
                expected = sentences[row["sentence"]].format(**row["fill"])
                # The server knows when an asset was scanned before; the phone does not.
                message = re.sub(r" at [\d-]+T[\d:]+Z(?=\.$)", "", result["message"])
                assert message == expected, row
            if result["kind"] == "location":
                place = result["place"]["code"]
            if "here" in row:
                assert self.count_here(page, audit, place) == row["here"], row

    def count_here(self, page, audit: int, place: str) -> list[int]:
        shown = page.get(f"/audits/{audit}/here?place={place}", headers={"HX-Request": "true"}).text
        return [int(n) for n in re.search(r'max="(\d+)"\s+value="(\d+)"', shown).group(2, 1)]


class TestExpectedList:
    def test_names_each_asset_by_the_plain_codes_that_mean_it_alone(self, api, audit, page_as):
        body = page_as("technician").get(f"/audits/{audit}/expected.json").json

        serials = [row["serial"] for row in VECTORS["office"]["assets"]]
        assert {asset["tag"]: sorted(asset["keys"]) for asset in body["assets"]} == {
            row["tag"]: sorted(
                {row["tag"]} | ({row["serial"]} if serials.count(row["serial"]) == 1 else set())
            )
            for row in VECTORS["office"]["assets"]
        }
