"""Which reads a benchmark counts as the expected text."""

from __future__ import annotations

import pytest

from benchmarks.decoding.truth import Case, Read, false_reads, is_read


def read(text, symbology, add_on=None):
    return Read(text, text.encode(), symbology, add_on)


class TestLenientTruth:
    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ("A12345B", read("12345", "codabar")),
            ("12345", read("A12345B", "codabar")),
            ("2HGFG1B86BH501831", read("I2HGFG1B86BH501831", "code_39")),
            ("I2HGFG1B86BH501831", read("2HGFG1B86BH501831", "code_39")),
            ("007183100799500799", read("071831007995", "upc_a", "00799")),
            ("0007183100799500799", read("071831007995", "upc_a", "00799")),
        ],
    )
    def test_takes_for_the_same_what_a_readers_setting_decides(self, expected, found):
        assert is_read(expected, [found])
        assert false_reads(Case(None, "", (expected,)), [found]) == []

    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ("A12345B", read("12346", "codabar")),
            ("2HGFG1B86BH501831", read("I2HGFG1B86BH501832", "code_39")),
            ("LT0042", read("ILT0042", "code_39")),
            ("007183100799500799", read("071831007996", "upc_a", "00799")),
        ],
    )
    def test_takes_no_other_text_for_it(self, expected, found):
        assert not is_read(expected, [found])
        assert false_reads(Case(None, "", (expected,)), [found]) == [found]
