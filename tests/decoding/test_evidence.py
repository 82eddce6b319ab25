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


class TestTwoEngines:
    @pytest.mark.parametrize(
        ("symbology", "text", "other"),
        [
            ("itf", "30712345", "30712346"),
            ("codabar", "A123456B", "A128456B"),
            ("upc_e", "04252614", "04252621"),
            ("code_39", "LT-042", "LT-O42"),
            ("telepen", "LT-042", "LT-842"),
        ],
    )
    def test_disagree_on_a_weak_code_and_none_is_believed(self, symbology, text, other):
        evidence = Evidence()
        for name in "abcd":
            evidence.add(found(text, symbology), TALL, name, is_first=name == "a")
        alone = believed(evidence)

        evidence.add(found(other, symbology, "zbar"), TALL, "zbar")

        assert alone == [text]
        assert believed(evidence) == []

    def test_agree_and_a_third_reading_does_not_count(self):
        evidence = Evidence()
        for name, engine in (("a", "zxing"), ("b", "zbar")):
            evidence.add(found("30712345", "itf", engine), TALL, name)

        evidence.add(found("30712346", "itf", "zbar"), TALL, "c")

        assert believed(evidence) == ["30712345"]

    def test_agree_where_one_has_lost_the_end(self):
        evidence = Evidence()
        for name in "ab":
            evidence.add(found("30712345", "itf"), TALL, name)

        evidence.add(found("307123", "itf", "zbar"), TALL, "zbar")

        assert believed(evidence) == ["30712345"]

    def test_are_asked_about_what_one_has_seen_alone(self):
        evidence = Evidence()
        evidence.add(found("LT-042", "code_39"), TALL, "one", is_first=True)
        for name in "ab":
            evidence.add(found("30712345", "itf"), FAR, name)

        assert [c.raw.text for c in evidence.unconfirmed()] == ["30712345"]


class TestMeltedBars:
    def test_overrule_two_engines_that_agree(self):
        evidence = Evidence()
        for name, engine in (("a", "zxing"), ("b", "zbar"), ("c", "zxing")):
            evidence.add(found("9074932437075", "ean_13", engine), TALL, name)
        faint = [c.raw.text for c in evidence.faint_retail()]

        evidence.add(found("023942431015", "upc_a", "bars"), TALL, "place: bars")

        assert faint == ["9074932437075"]
        assert believed(evidence) == ["023942431015"]
        assert evidence.faint_retail() == []

    def test_confirm_what_two_engines_agree_on(self):
        evidence = Evidence()
        for engine in ("zxing", "zbar", "bars"):
            evidence.add(found("4006381333931", "ean_13", engine), LINE, engine)

        assert believed(evidence) == ["4006381333931"]
        assert evidence.faint_retail() == []

    def test_are_not_asked_about_a_code_that_many_lines_show(self):
        evidence = Evidence()

        evidence.add(found("4006381333931", "ean_13"), TALL, "one", is_first=True)

        assert evidence.faint_retail() == []


class TestRowsOfAPlate:
    """Codes one below the other, on a plate that lies turned in the picture."""

    ROW = ((0.0, 0.0), (160.0, 120.0), (136.0, 152.0), (-24.0, 32.0))
    NEXT = ((-54.0, 72.0), (106.0, 192.0), (82.0, 224.0), (-78.0, 104.0))

    def test_are_two_codes_although_their_boxes_overlap(self):
        evidence = Evidence()

        evidence.add(found("8CG3BUW8VW", "code_128"), self.ROW, "one", is_first=True)
        evidence.add(found("4620399551752", "ean_13"), self.NEXT, "one", is_first=True)

        assert sorted(believed(evidence)) == ["4620399551752", "8CG3BUW8VW"]

    def test_are_one_code_where_a_line_lies_inside_the_other(self):
        evidence = Evidence()
        inside = ((-12.0, 16.0), (148.0, 136.0), (147.0, 137.0), (-13.0, 17.0))

        evidence.add(found("8CG3BUW8VW", "code_128"), self.ROW, "one", is_first=True)
        for name in "abc":
            evidence.add(found("4620399551752", "ean_13"), inside, name)

        assert believed(evidence) == ["8CG3BUW8VW"]


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
