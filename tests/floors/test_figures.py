"""The colour and the words of a room."""

from __future__ import annotations

import pytest

from scanner_app.domain.floors.figures import LEGENDS, RoomFigures, Shading
from scanner_app.domain.floors.plots import FloorLegend, FloorMap, FloorTiles
from scanner_app.domain.plots.shapes import Link, Path, Text, Tone
from scanner_app.domain.register.narrowing import Seen

RECENT, YEAR, OLD, NEVER = Seen.RECENT, Seen.YEAR, Seen.OLD, Seen.NEVER


def room(ages=None, *, expected=0, seen=0, corners=()) -> RoomFigures:
    return RoomFigures(7, "R-7", "Room 7", ages or {}, expected, seen, tuple(corners))


class TestBands:
    @pytest.mark.parametrize(
        ("ages", "tone", "words"),
        [
            ({}, Tone.TRACK, "0"),
            ({RECENT: 3, OLD: 2}, Tone.GOOD, "Under 3 months"),
            ({RECENT: 2, OLD: 2}, Tone.WARN, "Over 12 months"),  # half of it
            ({RECENT: 5, YEAR: 2, NEVER: 3}, Tone.NOTE, "3-12 months"),
            ({RECENT: 1, NEVER: 1}, Tone.BAD, "Never"),
        ],
        ids=["empty", "most recent", "half old", "middle", "half never"],
    )
    def test_half_of_a_room_decides_when_it_was_seen(self, ages, tone, words):
        assert room(ages).find_band(Shading.SEEN).tone == tone
        assert room(ages).say(Shading.SEEN) == words

    @pytest.mark.parametrize(
        ("count", "label"),
        [(0, "Nothing there"), (1, "1 to 9"), (9, "1 to 9"), (10, "10 to 49"), (49, "10 to 49"),
         (50, "50 and more"), (1234, "50 and more")],
    )  # fmt: skip
    def test_counts_fall_into_four_classes(self, count, label):
        assert room({OLD: count}).find_band(Shading.COUNT).label == label

    @pytest.mark.parametrize(
        ("expected", "seen", "label", "words"),
        [(0, 0, "Nothing there", "none"), (4, 0, "Not begun", "0 of 4"),
         (4, 3, "Begun", "3 of 4"), (4, 4, "All found", "4 of 4")],
    )  # fmt: skip
    def test_an_audit_colours_by_what_was_found(self, expected, seen, label, words):
        counted = room({OLD: 9}, expected=expected, seen=seen)

        assert counted.find_band(Shading.AUDIT).label == label
        assert counted.say(Shading.AUDIT) == words

    def test_the_legend_names_every_class_once(self):
        for shading in Shading:
            labels = [band.label for band in LEGENDS[shading]]
            assert len(set(labels)) == len(labels)
            assert len({band.tone for band in LEGENDS[shading]}) == len(labels)


class TestDrawing:
    CORNERS = ((0, 0), (500, 0), (500, 500), (0, 500))

    def test_a_room_lies_where_it_was_drawn_and_leads_to_its_list(self):
        drawn = room({RECENT: 2}, corners=self.CORNERS)
        plan = FloorMap("Floor", (drawn,), Shading.COUNT, 1200, 600, {"R-7": "/assets?x"})

        drawing = plan.draw(640)

        assert (drawing.width, drawing.height) == (640, 320)
        [link] = [mark for mark in drawing.marks if isinstance(mark, Link)]
        assert (link.href, link.label) == ("/assets?x", "Room 7: 2")
        fill = next(mark for mark in link.marks if isinstance(mark, Path) and mark.is_filled)
        assert fill.points == ((0, 0), (320, 0), (320, 160), (0, 160))
        texts = [(mark.text, mark.x, mark.y) for mark in link.marks if isinstance(mark, Text)]
        assert texts == [("Room 7", 160, 80), ("2", 160, 95)]

    def test_a_name_that_does_not_fit_its_room_is_cut_and_the_table_has_it_whole(self):
        narrow = RoomFigures(
            1, "C", "Communications closet", {RECENT: 1},
            corners=((0, 0), (60, 0), (60, 500), (0, 500)),
        )  # fmt: skip
        plan = FloorMap("Floor", (narrow,), Shading.COUNT, 1000, 1000, {})

        texts = [mark.text for mark in plan.draw(288).marks if isinstance(mark, Text)]

        assert texts == ["1"]
        assert plan.tabulate().rows == (("Communications closet", "1", "1 to 9"),)
        assert plan.describe() == "Communications closet: 1."

    @pytest.mark.parametrize("width", [288.0, 640.0])
    def test_nothing_lies_outside_the_tiles(self, width):
        rooms = tuple(room({RECENT: n}) for n in range(7))
        for plot in (FloorTiles("F", rooms, Shading.SEEN, {}), FloorLegend(Shading.SEEN)):
            drawing = plot.draw(width)
            for mark in drawing.marks:
                if isinstance(mark, Text):
                    assert 0 <= mark.x <= width
                    assert 0 <= mark.y <= drawing.height
