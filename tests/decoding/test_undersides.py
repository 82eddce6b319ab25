"""Photographs of undersides, rendered small: every code is found, and nothing where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.decoding.scene import draw_nothing, draw_underside
from scanner_app.decoding.picture.decode import ALL_FORMATS, decode_picture
from scanner_app.decoding.picture.regions import Region
from scanner_app.decoding.picture.survey import MAX_PLACES, is_filled, survey

pytestmark = pytest.mark.slow

SIZE, WIDE = (2600, 1950), (2240, 1260)
# A large budget, so that the result does not depend on how busy the machine is.
PATIENT = 120_000


@pytest.mark.parametrize("seed", [3, 8])
def test_every_code_of_an_underside_is_found(seed):
    scene = draw_underside(np.random.default_rng(seed), 6, SIZE)

    found = decode_picture(scene.to_jpeg(), budget_ms=PATIENT).symbols

    assert sorted(s.text for s in found) == sorted(text for text, _, _ in scene.codes)


@pytest.mark.parametrize("kind", range(4), ids=["underside", "print", "weave", "noise"])
def test_nothing_is_read_where_no_code_is(kind):
    scene = draw_nothing(np.random.default_rng(kind), kind, WIDE)

    assert decode_picture(scene.to_jpeg(), formats=ALL_FORMATS, budget_ms=600).symbols == ()


def test_the_neighbour_of_a_long_code_that_lies_askew_is_not_taken_for_it():
    askew = ((0.0, 0.0), (300.0, 300.0), (280.0, 320.0), (-20.0, 20.0))
    beside, upon = (
        Region((230.0, 70.0), (60.0, 60.0), 0.0),
        Region((150.0, 155.0), (90.0, 20.0), 45),
    )

    assert not is_filled(beside, [askew])
    assert is_filled(upon, [askew])


@pytest.mark.parametrize("shape", [(3, 3000), (20, 2000), (64, 64)])
def test_a_strip_of_noise_is_surveyed_within_bounds(shape):
    grey = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)

    assert len(survey(grey, 0.5)) <= MAX_PLACES
