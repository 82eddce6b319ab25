"""The desk of the tests of custody, with twelve laptops more that are to leave."""

from __future__ import annotations

import pytest

from tests.custody.conftest import desk, fill_desk, post
from tests.custody.steps import START
from tests.disposal.steps import TAGS
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location

__all__ = ["contents", "desk", "post"]


def fill_with_old(session) -> None:
    fill_desk(session)
    cage = add_location(session, "CAGE", "Disposal cage", now=START)
    for tag in TAGS:
        add_asset(session, tag, serial=f"SN-{tag}", location=cage, now=START)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_with_old if "desk" in request.fixturenames else None
