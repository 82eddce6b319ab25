"""Moments in pages: data for the script, the organisation's time zone without it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import g

from scanner_app.domain.settings import Organisation
from scanner_app.edge.moments import mark_moments, write_moment
from tests.support import on_both

database = on_both.database
MOMENT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.fixture
def zone(app):
    """`zone("Europe/Berlin")` makes it the organisation's."""
    with app.test_request_context():

        def choose(name: str) -> None:
            g.organisation = Organisation(time_zone=name)

        choose("UTC")
        yield choose


class TestWriteMoment:
    @pytest.mark.parametrize(
        ("name", "written", "day"),
        [
            ("UTC", "1 Jul 2026, 22:30 UTC", "1 Jul 2026"),
            ("Europe/Berlin", "2 Jul 2026, 00:30 CEST", "2 Jul 2026"),
            ("America/Sao_Paulo", "1 Jul 2026, 19:30 UTC-03", "1 Jul 2026"),
        ],
    )
    def test_is_in_the_organisations_zone_and_names_it(self, zone, name, written, day):
        zone(name)

        assert write_moment(MOMENT) == written
        assert write_moment(MOMENT, "date") == day


class TestMarkMoments:
    def test_keeps_each_moment_as_data_with_the_word_before_it(self, zone):
        zone("Europe/Berlin")

        text = mark_moments("LT-1 was already scanned at 2026-07-01T22:30:00Z.")

        assert text == (
            'LT-1 was already scanned <time datetime="2026-07-01T22:30:00+00:00" '
            'data-local="sentence-at">at 2 Jul 2026, 00:30 CEST</time>.'
        )

    def test_runs_nothing_that_a_name_holds(self, zone):
        text = mark_moments("<b onclick=x>LT</b> to Ana since 2026-07-01T22:30:00Z & Bob")

        assert "<b" not in text
        assert "&lt;b onclick=x&gt;LT&lt;/b&gt; to Ana <time" in text
        assert text.endswith(" &amp; Bob")
        assert mark_moments("at 2026-99-99T10:00:00Z") == "at 2026-99-99T10:00:00Z"
