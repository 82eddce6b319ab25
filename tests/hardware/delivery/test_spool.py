"""On disk: no record is lost or kept twice, through restarts, full disks and second agents."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from hardware.delivery.spool import DEAD_KEPT, Parcel, Spool
from hardware.errors import SpoolBusy, SpoolError, SpoolFull
from tests.hardware.delivery.parcels import names, parcel


class TestSpool:
    def test_returns_parcels_in_order_one_reader_and_route_at_a_time(self, spool: Spool) -> None:
        spool.put([parcel(1), parcel(2, reader="desk"), parcel(3)], now=0)
        spool.put([parcel(4, route="scans")], now=0)

        assert names(spool.peek(10)) == [1, 3]

    def test_tags_do_not_overtake_the_rooms_label_before_them(self, spool: Spool) -> None:
        cart = {"reader": "cart"}
        spool.put(
            [
                parcel(1, **cart),
                parcel(2),
                parcel(3, route="scans", **cart),
                parcel(4, **cart),
                parcel(5),
            ],
            now=0.0,
        )

        order = []
        while parcels := spool.peek(10):
            order.append(names(parcels))
            spool.settle([one.seq for one in parcels], now=0.0)

        assert order == [[1], [2, 5], [3], [4]]

    def test_a_held_label_does_not_hold_up_tags(self, spool: Spool) -> None:
        spool.put([parcel(1), parcel(2, route="scans"), parcel(3)], now=0.0)
        skip = [("scans", "door")]

        first = spool.peek(10, skip=skip)
        spool.settle([one.seq for one in first], now=0.0)

        assert names(first) == [1]
        assert names(spool.peek(10, skip=skip)) == [3]

    def test_unsettled_parcels_are_there_after_a_restart(self, tmp_path: Path) -> None:
        with contextlib.closing(Spool(tmp_path / "a" / "spool.sqlite3")) as first:
            first.put([parcel(n) for n in range(5)], now=7)
            first.settle([first.peek(1)[0].seq], now=8)

        with contextlib.closing(Spool(tmp_path / "a" / "spool.sqlite3")) as second:
            assert names(second.peek(10)) == [1, 2, 3, 4]
            assert second.state().oldest == 7

    def test_an_id_put_twice_is_kept_once(self, spool: Spool) -> None:
        spool.put([parcel(1)], now=0)
        spool.put([parcel(1), parcel(2)], now=1)

        assert spool.state().depth == 2

    def test_commits_a_whole_batch_with_one_fsync(self, spool: Spool) -> None:
        assert spool._db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert spool._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_a_second_agent_is_refused_with_a_clear_message(
        self, spool: Spool, tmp_path: Path
    ) -> None:
        with pytest.raises(SpoolBusy, match="another scanner-readers uses the spool"):
            Spool(tmp_path / "spool.sqlite3")

    def test_a_file_that_is_not_a_spool_is_left_unchanged(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("these are my notes, and no database at all\n" * 50)

        with pytest.raises(SpoolError, match="move the file away"):
            Spool(path)

        assert path.read_text().startswith("these are my notes")

    def test_a_full_spool_takes_no_more_and_keeps_what_it_has(self, tmp_path: Path) -> None:
        with contextlib.closing(Spool(tmp_path / "s", cap_bytes=200_000)) as spool:
            stored = 0
            with pytest.raises(SpoolFull, match="raise spool_cap_mb"):  # noqa: PT012 - until it is full
                while True:
                    spool.put([parcel(stored + n) for n in range(100)], now=0)
                    stored += 100

            assert spool.state().depth == stored > 300
            spool.settle([one.seq for one in spool.peek(stored)], now=1)
            spool.put([parcel(10**6)], now=2)
            assert spool.state().depth == 1

    def test_old_dead_letters_make_room_and_are_counted(self, tmp_path: Path) -> None:
        number = DEAD_KEPT + 3000
        with contextlib.closing(Spool(tmp_path / "s", cap_bytes=500_000)) as spool:
            with contextlib.suppress(SpoolFull):
                for at in range(0, number, 100):
                    spool.put([parcel(at + n) for n in range(100)], now=0)
                    batch = spool.peek(100)
                    spool.settle([], [(one, "no") for one in batch], now=1)
            state = spool.state()

            assert state.lost > 0
            assert state.dead + state.lost == number

    def test_dead_letters_can_be_queued_again_under_their_ids(self, spool: Spool) -> None:
        spool.put([parcel(1)], now=0)
        spool.settle([], [(spool.peek(1)[0], "invalid: epc")], now=1)

        assert [why for _, why in spool.dead_letters()] == ["invalid: epc"]
        assert spool.revive(now=2) == 1
        assert names(spool.peek(9)) == [1]
        assert spool.state().dead == 0

    def test_a_failed_write_keeps_nothing_of_its_batch(self, spool: Spool) -> None:
        nameless = Parcel(None, "reads", "door", {})  # type: ignore[arg-type] # a broken one

        with pytest.raises(SpoolError, match="cannot be written"):
            spool.put([parcel(1), nameless], now=0)
        spool.put([parcel(2)], now=0)

        assert names(spool.peek(9)) == [2]


def test_sqlite_is_recent_enough_for_the_spool() -> None:
    assert sqlite3.sqlite_version_info >= (3, 24), "ON CONFLICT DO UPDATE"
