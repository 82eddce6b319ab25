"""Retail codes whose bars have melted are read by comparing them with all codes."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from scanner_app.decoding.picture.decode import decode_picture
from scanner_app.decoding.picture.engines import RawSymbol, run_zxing
from scanner_app.decoding.picture.open import open_picture
from scanner_app.decoding.picture.passes import Cascade
from scanner_app.decoding.picture.symbols import ALL_FORMATS
from scanner_app.decoding.retail import digits, symbol
from scanner_app.decoding.retail.bands import Band
from scanner_app.decoding.retail.reader import Clock, Reading, believe, read_bands, read_retail
from tests.decoding.pictures import draw_code, noise, to_bytes

EAN, UPC = "4006381333931", "036000291452"
PATIENT = 60_000


def disc(radius):
    reach = int(radius) + 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return kernel / kernel.sum()


def melted(text, kind="EAN13", *, blur=2.0, turn=0.0, noise_of=1.5, seed=3, module=2):
    """Return a picture of a code under defocus: a disc of so many modules, in light."""
    code = np.asarray(draw_code(text, kind, scale=4).convert("L"), np.float32)
    height, width = code.shape
    side = width + 80
    paper = np.full((side, side), 235, np.float32)
    top = (side - height) // 2
    paper[top : top + height, 40 : 40 + width] = 20 + code / 255 * 215
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, 1)
    paper = cv2.warpAffine(paper, matrix, paper.shape[::-1], borderValue=235)
    light = cv2.filter2D((paper / 255) ** 2, -1, disc(4 * blur), borderType=cv2.BORDER_REPLICATE)
    small = cv2.resize(light, None, fx=module / 4, fy=module / 4, interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(seed).normal(0, noise_of, small.shape)
    return np.clip(np.sqrt(np.clip(small, 0, 1)) * 255 + grain, 0, 255).astype(np.uint8)


def number(seed):
    first = "".join(map(str, np.random.default_rng(seed).integers(0, 10, 12)))
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(first))
    return f"{first}{-total % 10}"


class TestReadRetail:
    @pytest.mark.parametrize(
        ("text", "how"),
        [
            (EAN, {"blur": 1.6, "turn": 7}),
            (EAN, {"blur": 1.7, "turn": 178}),
            ("9780345460950", {"blur": 2.0, "turn": -84}),
        ],
    )
    def test_reads_what_the_engines_cannot(self, text, how):
        grey = melted(text, **how)

        found = read_retail(grey, Clock(PATIENT))

        assert run_zxing(grey, ALL_FORMATS) == []
        assert found is not None
        assert found.text == text

    def test_outlines_the_bars_from_the_codes_own_top_left(self):
        grey = melted(EAN, blur=1.6, turn=180)

        found = read_retail(grey, Clock(PATIENT))

        assert found is not None
        (left, top), (right, _), (_, bottom), _ = found.polygon
        assert left > right
        assert top > bottom
        assert abs(left - right) == pytest.approx(95 * 2, rel=0.05)

    def test_reads_the_right_number_or_none(self):
        seen = set()
        for seed in range(6):
            text = number(seed)
            blur = 1.4 + seed * 0.5
            found = read_retail(melted(text, blur=blur, noise_of=3, seed=seed), Clock(PATIENT))
            seen.add(None if found is None else found.text == text)

        assert seen == {None, True}

    def test_finds_nothing_in_noise_and_nothing_in_a_blank_picture(self):
        assert read_retail(np.asarray(noise(300, 300)), Clock(PATIENT)) is None
        assert read_retail(np.full((200, 300), 255, np.uint8), Clock(PATIENT)) is None

    def test_finds_no_retail_code_in_bars_of_another_kind(self):
        grey = melted("LT-00042-2026", "Code128", blur=1.2)

        assert read_retail(grey, Clock(PATIENT)) is None

    def test_spends_no_more_processor_time_than_it_may(self):
        grey = melted(EAN, blur=3.4)
        list(read_bands(grey, Clock(PATIENT)))  # computes the templates

        began = time.process_time()
        seen = list(read_bands(grey, Clock(0)))
        spent = time.process_time() - began

        assert seen == []
        assert spent < 0.2

    def test_starts_nothing_after_the_deadline(self):
        assert list(read_bands(melted(EAN), Clock(PATIENT, time.perf_counter()))) == []


class TestDecide:
    def test_returns_the_best_code_and_exactly_the_next_one(self):
        blur = symbol.templates()[5]
        text = number(1)
        parity = symbol.EVEN[int(text[0])]
        printed = np.array([int(digit) for digit in text[1:]])
        states = (printed + 10 * np.concatenate([parity, np.zeros(6, bool)]))[None]
        row = symbol.draw_modules(states[:, :6], states[:, 6:]) @ blur.kernel.T
        row = row + np.random.default_rng(5).normal(0, 0.05, row.shape).astype(np.float32)

        found = digits.decide(digits.piece_costs(row, blur))

        # All codes that differ in one digit and the check digit, or in two digits.
        others = []
        for one in range(12):
            for two in range(one + 1, 12):
                for a in range(10):
                    for b in range(10):
                        other = printed.copy()
                        other[[one, two]] = a, b
                        weights = np.where(np.arange(12) % 2, 1, 3)
                        if (int(text[0]) + other @ weights) % 10 == 0 and (other != printed).any():
                            others.append(other)
        left = np.array(others)[:, :6] + 10 * parity
        drawn = symbol.draw_modules(left, np.array(others)[:, 6:]) @ blur.kernel.T
        costs = ((drawn - row) ** 2).sum(axis=1)
        assert digits.text_of(found.states[0]) == text
        assert found.second[0] == pytest.approx(costs.min(), rel=1e-3)
        assert found.cost[0] < found.second[0]

    def test_returns_only_codes_with_a_right_check_digit(self):
        rows = np.random.default_rng(2).random((20, symbol.SAMPLES)).astype(np.float32)

        found = digits.decide(digits.piece_costs(rows, symbol.templates()[3]))

        for states in found.states:
            text = digits.text_of(states)
            assert sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(text)) % 10 == 0


def reading(text=EAN, *, margin=24.0, fit=0.03, top=0.0, is_plain=True):
    band = Band(np.zeros(512, np.float32), 0, 1, top, top + 10, 0, np.eye(3), 1)
    return Reading(text, fit, margin, is_plain, band, 80, 430)


class TestBelieve:
    def test_needs_two_bands_that_agree(self):
        assert believe([reading()]) is None
        assert believe([reading(), reading(top=20)]).text == EAN

    def test_takes_one_band_that_is_very_sure(self):
        assert believe([reading(margin=36, fit=0.05)]).text == EAN
        assert believe([reading(margin=36, fit=0.12)]) is None
        assert believe([reading(margin=36, fit=0.05, is_plain=False)]) is None

    def test_does_not_add_up_many_bands_that_are_not_sure(self):
        assert believe([reading(margin=6, top=20 * index) for index in range(8)]) is None

    def test_counts_half_where_the_fit_is_poor_and_the_check_digit_was_wrong(self):
        plain, bent = reading(fit=0.12), reading(fit=0.12, top=20, is_plain=False)

        assert believe([plain, bent]) is None
        assert believe([plain, reading(fit=0.12, top=40)]).text == EAN

    def test_needs_a_band_whose_check_digit_was_right_by_itself(self):
        assert believe([reading(is_plain=False), reading(top=20, is_plain=False)]) is None

    def test_refuses_where_other_bands_say_something_else(self):
        for_it = [reading(), reading(top=20)]
        against = reading("4006381333948", margin=18, top=40)

        assert believe([*for_it, against]) is None

    def test_outlines_from_the_first_band_to_the_last(self):
        found = believe([reading(top=20), reading()])

        assert found.polygon == ((80, 0), (430, 0), (430, 30), (80, 30))


class TestCascade:
    @pytest.mark.parametrize(
        ("kind", "text", "name"), [("EAN13", EAN, "ean_13"), ("UPCA", UPC, "upc_a")]
    )
    def test_returns_melted_bars_by_their_printed_digits(self, kind, text, name):
        data = to_bytes_of(melted(text, kind))

        [found] = decode_picture(data, budget_ms=PATIENT, bars_ms=PATIENT).symbols

        assert (found.text, found.symbology, found.found_by) == (text, name, "bars")
        assert (found.bytes, found.aim) == (text.encode(), "]E0")

    @pytest.mark.parametrize(
        "options",
        [{"bars_ms": 0}, {"bars_ms": PATIENT, "formats": ALL_FORMATS - {"ean_13", "upc_a"}}],
    )
    def test_does_not_look_for_what_is_not_wanted(self, options):
        data = to_bytes_of(melted(EAN))

        decoded = decode_picture(data, budget_ms=PATIENT, explain=True, **options)

        assert "bars" not in {run.name for run in decoded.passes}
        assert decoded.symbols == ()

    def test_does_not_look_where_something_was_read(self):
        data = to_bytes(draw_code(EAN, "EAN13"))

        decoded = decode_picture(data, budget_ms=PATIENT, explain=True)

        assert "bars" not in {run.name for run in decoded.passes}


class TestArbiter:
    @pytest.mark.parametrize(("blur", "expected"), [(1.6, EAN), (4.5, "9074932437075")])
    def test_overrules_a_faint_code_only_where_the_bars_are_sure(self, blur, expected):
        picture = open_picture(to_bytes_of(melted(EAN, blur=blur)))
        cascade = Cascade(picture, budget_ms=PATIENT, bars_ms=PATIENT, formats=ALL_FORMATS)
        place = ((40.0, 110.0), (226.0, 110.0), (226.0, 156.0), (40.0, 156.0))
        for engine in ("zxing", "zbar"):
            claim = RawSymbol("9074932437075", b"9074932437075", "ean_13", place, engine)
            cascade.evidence.add(claim, place, engine)

        cascade._arbitrate(1.0)

        assert [found.text for found in cascade.symbols()] == [expected]


def to_bytes_of(grey):
    return cv2.imencode(".png", grey)[1].tobytes()
