"""The page that checks a sealed record by its file: anyone may ask, and is answered in words."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from scanner_app.domain.seals.report import SigningKey
from tests.seals.closed_audits import seal_again
from tests.support.apps import open_app


@pytest.fixture
def stranger(sealed_office):
    """Somebody who is not signed in."""
    with open_app(sealed_office[0]) as app:
        yield app.test_client()


def check(client, *texts: bytes):
    files = [(io.BytesIO(text), f"{number}.json") for number, text in enumerate(texts, 1)]
    return client.post("/audits/check", data={"report": files}, content_type="multipart/form-data")


class TestCheckPage:
    def test_asks_for_a_file_of_anybody(self, stranger):
        answer = stranger.get("/audits/check")

        assert answer.status_code == 200
        assert 'type="file"' in answer.text

    def test_knows_a_record_of_this_service(self, stranger, closed):
        answer = check(stranger, closed.pack["report.json"])

        assert answer.status_code == 200
        assert "Untouched, and sealed by this service." in answer.text
        assert "record 3, key" in answer.text

    def test_names_what_was_altered(self, stranger, closed):
        report = json.loads(closed.pack["report.json"])
        first = report["findings"][0]
        first["state"] = "missing" if first["state"] != "missing" else "verified"

        answer = check(stranger, json.dumps(report).encode())

        assert "The record was changed after it was sealed." in answer.text
        assert "findings (" in answer.text
        assert "Untouched" not in answer.text

    def test_tells_a_whole_record_of_another_service_apart(self, stranger, closed):
        text = seal_again(json.loads(closed.pack["report.json"]), SigningKey.make())

        answer = check(stranger, text)

        assert "sealed by this service" not in answer.text

    def test_misses_a_record_between_two(self, stranger, closed):
        answer = check(stranger, closed.earlier[0], closed.pack["report.json"])

        assert "The records do not follow one another." in answer.text
        assert "number 2 is missing" in answer.text

    @pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"[]", b"{}", b"<script>alert(1)</script>"])
    def test_says_of_any_other_file_that_it_is_none(self, stranger, text):
        answer = check(stranger, text)

        assert answer.status_code == 200
        assert "This is not a sealed report, or it is damaged." in answer.text
        assert "<script>alert" not in answer.text

    def test_asks_again_where_no_file_was_chosen(self, stranger):
        answer = check(stranger)

        assert answer.status_code == 422
        assert "Choose the JSON file" in answer.text

    def test_refuses_what_one_sender_sends_beyond_its_budget(self, sealed_office):
        settings = replace(sealed_office[0], megabytes_per_minute=1)
        with open_app(settings) as app:
            answers = [check(app.test_client(), b" " * 400_000).status_code for _ in range(4)]

        assert answers[-1] == 429

    def test_takes_a_few_files_at_a_time(self, stranger):
        assert check(stranger, *[b"{}"] * 9).status_code == 413
