"""What is a signature, by its limits: 20 points, a tenth of the pad, 64 strokes, 4,000 points, 64 KiB, no time, no pressure."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from scanner_app.domain.errors import Invalid
from scanner_app.domain.signatures.drawing import fit_signature, write_svg_path
from scanner_app.domain.signatures.strokes import (
    DrawnSignature,
    TypedSignature,
    hash_signature,
    read_signature,
    read_signature_form,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "signatures.json").read_text())


def stroke(x: int, y: int, steps: int, width: int) -> list[list[int]]:
    """A stroke to the right, of one point more than its steps."""
    return [[x + (width * n // steps if steps else 0), y] for n in range(steps + 1)]


def drawn(*strokes: Any, w: int = 1200, h: int = 400) -> dict:
    return {"w": w, "h": h, "strokes": list(strokes)}


GOOD = stroke(100, 200, 24, 600)


class TestDrawn:
    @pytest.mark.parametrize("vector", VECTORS["enough"], ids=lambda v: v["say"])
    def test_needs_20_points_and_a_tenth_of_the_pad(self, vector):
        given = drawn(*(stroke(*start) for start in vector["from"]))

        if vector["is_enough"]:
            assert read_signature(given).to_json() == given
        else:
            with pytest.raises(Invalid):
                read_signature(given)

    def test_keeps_every_point_as_it_came(self):
        given = drawn(GOOD, [[5, 5], [5, 5], [5, 5]])

        assert read_signature(given).to_json() == given

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (drawn(*[[[n, 1]] for n in range(65)]), "at most 64 strokes"),
            (drawn([[n % 1200, 1] for n in range(4001)]), "at most 4,000 points"),
            (drawn([[0, 0, 12], *GOOD]), "no time and no pressure"),
            ({**drawn(GOOD), "times": [1]}, "no times either"),
            (drawn([[1201, 0], *GOOD]), "outside the pad"),
            (drawn([[-1, 0], *GOOD]), "whole numbers"),
            (drawn([[1.5, 0], *GOOD]), "whole numbers"),
            (drawn([[True, 0], *GOOD]), "whole numbers"),
            (drawn(GOOD, w=10_001), "from 1 to 10,000"),
            (drawn(GOOD, h=0), "from 1 to 10,000"),
            (drawn([]), "not empty"),
            ({"strokes": [GOOD]}, "w, h and strokes"),
            ("x", "an object"),
            (None, "an object"),
            (drawn("ab"), "a list"),
        ],
    )
    def test_is_refused_with_what_is_wrong(self, given, said):
        with pytest.raises(Invalid, match=said) as error:
            read_signature(given)

        assert error.value.errors["signature"] == [error.value.message]

    def test_may_have_64_strokes_and_4000_points(self):
        strokes = [[[n * 15, 1]] for n in range(63)]

        assert read_signature(drawn(*strokes, [[n % 1200, 1] for n in range(4000 - 63)]))

    def test_is_named_by_the_hash_of_its_canonical_json(self):
        signature = read_signature(drawn(stroke(0, 0, 19, 190), w=100 * 10, h=10))

        text = json.dumps(signature.to_json(), sort_keys=True, separators=(",", ":"))
        assert hash_signature(signature) == hashlib.sha256(text.encode()).hexdigest()


class TestTyped:
    def test_is_a_name(self):
        assert read_signature({"typed": " Mara Klein "}) == TypedSignature("Mara Klein")

    @pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a\nb", "x" * 201, 7, None])
    def test_is_refused_without_a_name_that_can_be_shown(self, name):
        with pytest.raises(Invalid):
            read_signature({"typed": name})


class TestForm:
    def test_has_none_where_nothing_was_given(self):
        assert read_signature_form({"signature": "", "signature_is_mine": "on"}) is None

    def test_counts_a_typed_name_that_was_ticked(self):
        form = {"signature_typed": "Mara Klein", "signature_is_mine": "on"}

        assert read_signature_form(form) == TypedSignature("Mara Klein")
        with pytest.raises(Invalid, match="Tick") as error:
            read_signature_form({"signature_typed": "Mara Klein"})
        assert list(error.value.errors) == ["signature_typed"]

    def test_takes_the_drawn_one_before_the_typed_one(self):
        form = {"signature": json.dumps(drawn(GOOD)), "signature_typed": "x"}

        assert isinstance(read_signature_form(form), DrawnSignature)

    @pytest.mark.parametrize("text", ["{", "[" * 60_000, '{"w": 1e999}', "1" * 5000])
    def test_refuses_what_is_not_json(self, text):
        with pytest.raises(Invalid):
            read_signature_form({"signature": text})


class TestDrawing:
    SIGNATURE = DrawnSignature(1200, 400, (((0, 0), (1200, 400)), ((600, 200),)))

    def test_is_one_path_in_the_units_of_the_pad_with_a_dot_as_a_line_to_itself(self):
        assert write_svg_path(self.SIGNATURE) == "M0 0L1200 400M600 200L600 200"

    def test_fits_a_box_in_the_middle_and_keeps_its_shape(self):
        # 1200 x 400 in 120 x 100: a tenth of the size, and 30 above and below.
        assert fit_signature(self.SIGNATURE, 120, 100) == (
            ((0, 30), (120, 70)),
            ((60, 50), (60, 50)),
        )

    def test_has_no_path_where_it_was_typed(self):
        assert write_svg_path(TypedSignature("Mara")) is None
