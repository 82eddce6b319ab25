"""Checklists as people write them, and what proves an item."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner_app.domain.lifecycle.checklists import (
    Item,
    ItemType,
    OnNo,
    find_open_items,
    proves,
    read_items,
    read_value,
    write_items,
)
from scanner_app.domain.lifecycle.deployments import DEPLOYABLE
from scanner_app.domain.lifecycle.facts import FACTS, Fact, read_fact_value
from scanner_app.domain.register.lifecycle import Stage

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TestLines:
    def test_are_a_line_each_of_which_some_are_optional(self):
        items = read_items("  Clean  fan \n\n? Replace feet\n?\n")

        assert items == [Item("i1", "Clean fan"), Item("i2", "Replace feet", is_required=False)]
        assert read_items(write_items(items)) == items
        assert find_open_items(items, set()) == [items[0]]
        assert find_open_items(items, {"i1"}) == []

    @pytest.mark.parametrize("text", ["x" * 301, "\n".join("abc" for _ in range(51))])
    def test_are_bounded(self, text):
        with pytest.raises(ValueError, match="Use at most"):
            read_items(text)

    def test_end_with_what_answers_them(self):
        text = """Host name [text]
Battery [number]
State [choice: good, worn]
Label [photo]
Dock [scan: D-7]
? Disk [fact: encrypted = yes]
Handed over [signature]
Bag is there [no: ask]
Reads [draft]"""

        items = read_items(text)

        assert [one.type for one in items] == [
            ItemType.TEXT, ItemType.NUMBER, ItemType.CHOICE, ItemType.PHOTO, ItemType.SCAN,
            ItemType.FACT, ItemType.SIGNATURE, ItemType.TICK, ItemType.TICK,
        ]  # fmt: skip
        assert items[2].options == ("good", "worn")
        assert (items[4].expects, items[5].expects) == ("D-7", "encrypted = yes")
        assert (items[7].text, items[7].on_no, items[8].text) == (
            "Bag is there", OnNo.ASK, "Reads [draft]",
        )  # fmt: skip
        assert write_items(items) == text
        assert [Item.from_json(one.to_json()) for one in items] == items

    @pytest.mark.parametrize(
        "text", ["A [choice: one]", "A [fact: encrypted]", "A [fact]", "A [photo: front]"]
    )
    def test_are_refused_if_the_type_cannot_be_used(self, text):
        with pytest.raises(ValueError, match=r"choice|fact|colon"):
            read_items(text)


class TestValues:
    @pytest.mark.parametrize(
        ("line", "text", "kept"),
        [
            ("A [text]", "  a  b ", "a b"),
            ("A [number]", "12,50", "12.50"),
            ("A [choice: good, worn]", "worn", "worn"),
        ],
    )
    def test_are_kept_in_one_way(self, line, text, kept):
        assert read_value(read_items(line)[0], text) == kept

    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("A [text]", " "),
            ("A [text]", "x" * 201),
            ("A [number]", "ten"),
            ("A [number]", "NaN"),
            ("A [number]", "1e99"),
            ("A [choice: good, worn]", "bad"),
        ],
    )
    def test_are_refused_if_they_answer_nothing(self, line, text):
        with pytest.raises(ValueError, match=r"[.]$"):
            read_value(read_items(line)[0], text)


class TestFacts:
    @pytest.mark.parametrize(
        ("line", "name", "value", "answer"),
        [
            ("encrypted = yes", "encrypted", "yes", True),
            ("encrypted = true", "encrypted", "yes", True),
            ("encrypted = yes", "encrypted", "no", False),
            ("encrypted = yes", "firewall_on", "yes", False),
            ("os_version >= 14.10", "os_version", "14.9.3", False),
            ("os_version >= 14.10", "os_version", "14.10", True),
            ("os_version >= 14", "os_version", "14.0", True),
            ("disk_free_percent >= 10", "disk_free_percent", "9.5", False),
            ("cpu_percent <= 90", "cpu_percent", "12", True),
            ("os >= x", "os", "Windows", False),
            ("edition = pro", "edition", "Pro", True),
        ],
    )
    def test_answer_an_item_that_they_meet(self, line, name, value, answer):
        [item] = read_items(f"A [fact: {line}]")

        assert proves(item, Fact(name, value, AT)) is answer

    @pytest.mark.parametrize(
        ("name", "given", "kept"),
        [
            ("encrypted", True, "yes"),
            ("encrypted", "False", "no"),
            ("disk_free_percent", 12.50, "12.5"),
            ("memory_bytes", 16_000_000_000, "16000000000"),
            ("os_version", " 14.2  (23C64) ", "14.2 (23C64)"),
            ("x_room", "B-1", "B-1"),
        ],
    )
    def test_are_kept_in_one_way(self, name, given, kept):
        assert read_fact_value(name, given) == kept

    @pytest.mark.parametrize(
        ("name", "given"),
        [
            ("colour", "red"),
            ("x_", "red"),
            ("encrypted", "perhaps"),
            ("cores", "many"),
            ("cores", -1),
            ("cores", "1e400"),
            ("os", ""),
            ("os", "x" * 201),
        ],
    )
    def test_are_refused_with_what_to_do(self, name, given):
        with pytest.raises(ValueError, match=r"[.]$"):
            read_fact_value(name, given)

    def test_have_names_of_their_own_kind(self):
        assert all(not name.startswith("x_") for name in FACTS)


def test_each_stage_says_whether_an_asset_is_deployed_from_it():
    allowed = {stage for stage, refusal in DEPLOYABLE.items() if refusal is None}

    assert set(DEPLOYABLE) == set(Stage)
    assert allowed == {Stage.IN_STOCK, Stage.IN_USE}
