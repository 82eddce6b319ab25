"""Which codes are believed: strong ones at once, weak ones with two opinions."""

from __future__ import annotations

import pytest

from scanner_app.decoding.picture.engines import RawSymbol, name_retail, shorten_upc
from scanner_app.decoding.picture.evidence import Evidence

TALL = ((0.0, 0.0), (100.0, 0.0), (100.0, 40.0), (0.0, 40.0))
LINE = ((0.0, 20.0), (100.0, 20.0), (100.0, 21.0), (0.0, 21.0))
BELOW = ((0.0, 60.0), (100.0, 60.0), (100.0, 95.0), (0.0, 95.0))
FAR = ((400.0, 300.0), (500.0, 300.0), (500.0, 340.0), (400.0, 340.0))


def found(text, symbology, engine="zxing"):
    return RawSymbol(text, text.encode(), symbology, TALL, engine)


def believed(evidence):
    return [symbol.text for symbol in evidence.symbols()]


class TestEvidence:
    @pytest.mark.parametrize("symbology", ["qr_code", "data_matrix", "pdf417", "code_128"])
    def test_believes_a_strong_code_at_once(self, symbology):
        evidence = Evidence()

        evidence.add(found("LT-042", symbology), LINE, "one")

        assert believed(evidence) == ["LT-042"]

    @pytest.mark.parametrize(
        ("text", "symbology"),
        [
            ("4006381333931", "ean_13"),
            ("036000291452", "upc_a"),
            ("04252614", "upc_e"),
            ("LT-042", "code_39"),
            ("A123456B", "codabar"),
            ("1234567890", "itf"),
            ("0104412345678909", "databar"),
        ],
    )
    def test_needs_two_engines_for_a_weak_code_seen_as_a_line(self, text, symbology):
        evidence = Evidence()

        evidence.add(found(text, symbology), LINE, "one")
        alone = believed(evidence)
        evidence.add(found(text, symbology, "zbar"), LINE, "two")

        assert alone == []
        assert believed(evidence) == [text]

    def test_believes_tall_bars_in_the_first_pass(self):
        evidence = Evidence()

        evidence.add(found("4006381333931", "ean_13"), TALL, "one", is_first=True)

        assert believed(evidence) == ["4006381333931"]

    @pytest.mark.parametrize(
        ("text", "symbology"), [("1334", "itf"), ("A7B", "codabar"), ("04", "itf")]
    )
    def test_never_believes_a_code_too_short_to_differ_from_noise(self, text, symbology):
        evidence = Evidence()

        for name in "abcdef":
            evidence.add(found(text, symbology), TALL, name, is_first=True)
            evidence.add(found(text, symbology, "zbar"), TALL, name + name)

        assert believed(evidence) == []

    def test_never_believes_libzbar_alone_about_an_itf(self):
        evidence = Evidence()

        for name in "abcdefgh":
            evidence.add(found("0829220876", "itf", "zbar"), TALL, name)

        assert believed(evidence) == []

    def test_prefers_a_long_code_to_the_short_one_inside_it(self):
        evidence = Evidence()
        evidence.add(found("9780441014989", "ean_13"), TALL, "one", is_first=True)

        for name in "abc":
            evidence.add(found("17804419", "upc_e"), LINE, name)
        evidence.add(found("17804419", "upc_e", "zbar"), LINE, "d")

        assert believed(evidence) == ["9780441014989"]

    def test_believes_neither_of_two_codes_with_equal_votes(self):
        evidence = Evidence()

        for name in "abc":
            evidence.add(found("0123456789012", "ean_13"), LINE, name)
            evidence.add(found("9876543210987", "ean_13"), LINE, name)

        assert believed(evidence) == []

    def test_keeps_two_codes_one_below_the_other(self):
        evidence = Evidence()

        evidence.add(found("9784872348880", "ean_13"), TALL, "one", is_first=True)
        evidence.add(found("1920081045006", "ean_13"), BELOW, "one", is_first=True)

        assert believed(evidence) == ["9784872348880", "1920081045006"]

    def test_returns_one_symbol_once_and_two_equal_labels_twice(self):
        evidence = Evidence()

        evidence.add(found("LT-042", "qr_code"), TALL, "one")
        evidence.add(found("LT-042", "qr_code", "zbar"), TALL, "two")
        evidence.add(found("LT-042", "qr_code"), FAR, "one")

        assert believed(evidence) == ["LT-042", "LT-042"]

    def test_prefers_the_engine_whose_bytes_are_exact(self):
        evidence = Evidence()

        evidence.add(RawSymbol("caf\xe9", b"caf\xe9", "qr_code", TALL, "zbar"), TALL, "one")
        evidence.add(RawSymbol("café", "café".encode(), "qr_code", TALL, "zxing"), TALL, "two")

        assert [symbol.bytes for symbol in evidence.symbols()] == ["café".encode()]


class TestNameRetail:
    @pytest.mark.parametrize(
        ("symbology", "text", "named"),
        [
            ("ean_13", "0036000291452", ("upc_a", "036000291452")),
            ("ean_13", "4006381333931", ("ean_13", "4006381333931")),
            ("upc_e", "0042100005264", ("upc_e", "04252614")),
            ("upc_e", "04252614", ("upc_e", "04252614")),
            ("ean_8", "96385074", ("ean_8", "96385074")),
        ],
    )
    def test_returns_the_digits_as_printed(self, symbology, text, named):
        assert name_retail(symbology, text) == named

    @pytest.mark.parametrize(
        ("long", "short"),
        [
            ("042100005264", "04252614"),
            ("012300000451", "01234531"),
            ("049000006346", "04963406"),
            ("012345000058", "01234558"),
            ("036000291452", None),
        ],
    )
    def test_shortens_a_upc_only_if_it_has_a_short_form(self, long, short):
        assert shorten_upc(long) == short
