"""Agent and server as separate processes: labels and tags of a walk, none lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, Identifier, Location
from tests.browser.conftest import LiveServer, fill_office, wait_until
from tests.hardware.handheld import AgentProcess, Handheld, make_reader_token, set_point
from tests.hardware.readers.test_serial import Line
from tests.support.databases import SqliteTemplate

EPCS = {f"LT-00{number}": f"E2806894000040017790E4{number:02}" for number in (1, 2, 3)}


@pytest.fixture
def server(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[LiveServer]:
    folder = tmp_path / "instance"
    sqlite_template.make(folder)
    live = LiveServer(folder)
    with live.session(write=True) as session:
        fill_office(session)
        for tag, epc in EPCS.items():
            asset_id = session.scalar(select(Asset.id).where(Asset.asset_tag == tag))
            session.add(
                Identifier(scheme="epc", value=epc, asset_id=asset_id, started_at=datetime.now(UTC))
            )
    live.start()
    yield live
    live.stop()
    live.forget()


def told(server: LiveServer) -> list[tuple[str, str | None]]:
    """Return (code, location) of each scan in the log, in the order in which they happened."""
    with server.session() as session:
        places = dict(session.execute(select(Location.id, Location.code)).all())
    scans = sorted(server.scans(), key=lambda scan: (scan.scanned_at, scan.id))
    return [(scan.code, places.get(scan.location_id)) for scan in scans]


class TestSweep:
    def test_puts_each_tag_in_the_room_of_the_label_before_it_while_the_server_dies(
        self, server: LiveServer, tmp_path: Path
    ) -> None:
        one, two, three = EPCS.values()
        handheld = Handheld(tmp_path, server)
        try:
            # Bytes written before the port is open are lost.
            handheld.hold_to(one)
            wait_until(lambda: (one, None) in told(server), what="the first tag, in no place yet")
            handheld.hold_to("")
            handheld.scan_label("R-101")
            handheld.hold_to(two)
            wait_until(lambda: (two, "R-101") in told(server), what="a tag of the first room")

            server.stop(kill=True)
            handheld.hold_to("")
            handheld.scan_label("R-102")
            handheld.hold_to(three)
            wait_until(lambda: b"sending has stopped" in (tmp_path / "agent.log").read_bytes())
            server.start()
            wait_until(lambda: (three, "R-102") in told(server), what="a tag of the second room")
        finally:
            handheld.close()

        log = told(server)
        assert [place for code, place in log if code == three] == ["R-102"] * len(
            [code for code, _ in log if code == three]
        )
        labels = [(scan.code, scan.source, scan.device, scan.intent) for scan in server.scans()]
        assert [one for one in labels if one[0].startswith("R-")] == [
            (code, "wedge", "cart-1", Intent.LOOKUP) for code in ("R-101", "R-102")
        ]
        assert len({scan.scan_id for scan in server.scans()}) == len(log)


class TestDesk:
    def test_a_label_at_the_desk_is_checked_in_by_the_intent_of_its_read_point(
        self, server: LiveServer, tmp_path: Path
    ) -> None:
        line = Line(tmp_path / "scanner")
        token = make_reader_token(server, "desk-1")
        set_point(server, "desk-1", location="R-103", intent=Intent.MOVE)
        agent = AgentProcess(
            tmp_path,
            f'[agent]\nserver = "{server.url}"\ntoken = "{token}"\n'
            f'[[reader]]\nname = "desk-1"\nkind = "serial"\nport = "{line.path}"\n'
            'protocol = "text"\n[[reader.read_point]]\nlocation = "R-103"\nintent = "move"\n',
        )
        try:
            # Nothing is received until the port is open, so scan the same label until it arrives.
            def pull() -> bool:
                line.write(b"]C0LT-001\r")
                return bool(server.scans())

            wait_until(pull, what="the label is in the log")
        finally:
            agent.close()
            line.close()

        scan = server.scans()[0]
        assert (scan.code, scan.symbology, scan.source, scan.device, scan.intent) == (
            "LT-001",
            "code_128",
            "wedge",
            "desk-1",
            Intent.MOVE,
        )
        with server.session() as session:
            place = session.scalar(
                select(Location.code)
                .join(Asset, Asset.location_id == Location.id)
                .where(Asset.asset_tag == "LT-001")
            )
        assert place == "R-103"
