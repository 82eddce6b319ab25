"""The list that a recipient sends: decoded, read, and matched with what left."""

from __future__ import annotations

import pytest

from scanner_app.domain.disposal.consignments import (
    Expected,
    ListRefused,
    decode_list,
    match_list,
    read_list,
    share_cents,
)


class TestLists:
    def test_are_read_with_any_sign_between_cells(self):
        rows = read_list("\ufeffserial;Asset Tag;Weight kg\r\nS1;;1,25\r\n;LT-2;\r\n;;\r\n")

        assert [(one.serial, one.tag, one.weight_g) for one in rows] == [
            ("S1", "", 1250),
            ("", "LT-2", None),
        ]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "empty"),
            ("Name\nx", "neither “Serial” nor “Asset Tag”"),
            ("Serial,Weight kg\n,1", "Line 2 has neither"),
            ("Serial,Weight kg\nS,heavy", "Line 2: “heavy”"),
            ("Serial,Weight kg\nS,1.²", "Line 2: “1.²”"),
            ("Serial\nA\x00B", "characters that no text has"),
            ("Serial\n" + "x" * 140_000, "cannot be read as CSV"),
        ],
    )
    def test_say_what_is_wrong(self, text, said):
        with pytest.raises(ListRefused, match=said):
            read_list(text)

    def test_are_read_with_any_line_end_and_from_any_unicode_file(self):
        for listed in ("Serial\rS1\rS2\r", "Serial\nS1\nS2"):
            assert [one.serial for one in read_list(listed)] == ["S1", "S2"]
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            assert decode_list("Serial\nMüller".encode(encoding)) == "Serial\nMüller"

    @pytest.mark.parametrize("data", ["Serial\nMüller".encode("cp1252"), b"Serial\n" * 300_000])
    def test_are_neither_guessed_nor_cut_off(self, data):
        with pytest.raises(ListRefused, match=r"UTF-8|larger than 2 MB"):
            decode_list(data)

    def test_match_by_serial_and_by_tag_only_without_one(self):
        expected = [Expected(1, "S1", "A"), Expected(2, "S2", "B"), Expected(3, "", "C")]

        found = match_list(expected, read_list("Serial,Asset Tag\ns1,\nS9,B\nX,C\n"))

        assert (sorted(found.received), list(found.missing)) == ([1, 3], [2])
        assert [row.serial for row in found.extra] == ["S9"]

    def test_share_all_cents(self):
        assert share_cents(100, ["b", "a", "c"]) == {"a": 34, "b": 33, "c": 33}
        assert share_cents(5, []) == {}
