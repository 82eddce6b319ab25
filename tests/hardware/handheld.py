"""A real agent in a separate process, with a handheld on a pseudo-terminal, and a server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from scanner_app.domain.access.roles import Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import ApiToken, Location, Reader
from scanner_app.services.access import tokens
from scanner_app.services.readers.setup import set_read_point, set_reader
from tests.browser.conftest import LiveServer
from tests.hardware.readers.test_serial import Line

ROOT = Path(__file__).parents[2]


def make_reader_token(server: LiveServer, *readers: str) -> str:
    """Set readers up at a server. Return the secret of a token that may post for them."""
    now = datetime.now(UTC)
    with server.session(write=True) as session:
        for name in readers:
            set_reader(session, name=name, kind="rfid", is_active=True, silent_after=600, now=now)
        return tokens.add_token(
            session, name="agent", role=Role.READER, created_by="test", now=now
        ).secret


def set_point(server: LiveServer, name: str, *, location: str, intent: Intent) -> None:
    """Bind a reader to the only token there is, and say what is read at it."""
    with server.session(write=True) as session:
        reader = session.scalars(select(Reader).where(Reader.name == name)).one()
        reader.token_id = session.scalars(select(ApiToken.id)).one()
        place = session.scalars(select(Location.id).where(Location.code == location)).one()
        set_read_point(
            session,
            reader_id=reader.id,
            antenna=0,
            location_id=place,
            intent=intent,
            audit_id=None,
        )


class AgentProcess:
    """A process of `scanner-readers run` with the given settings."""

    def __init__(self, folder: Path, settings: str) -> None:
        self._config = folder / "readers.toml"
        self._config.write_text(settings)
        self._log = (folder / "agent.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hardware.cli", "run", "--config", self._config],
            stderr=self._log,
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")},
        )

    def close(self) -> None:
        """Stop the process as a service manager does."""
        self.process.terminate()
        self.process.wait(timeout=30)
        self._log.close()


class Handheld:
    """A TSL handheld: reads the tag in front of it ten times a second, and labels on demand."""

    def __init__(self, folder: Path, server: LiveServer, *, name: str = "cart-1") -> None:
        self.line = Line(folder / "handheld")
        self.epc, self.rssi = "", 0
        self._stopping = threading.Event()
        self._reading = threading.Thread(target=self._read, daemon=True)
        token = make_reader_token(server, name)
        self.agent = AgentProcess(
            folder,
            f'[agent]\nserver = "{server.url}"\ntoken = "{token}"\nheartbeat_seconds = 5\n'
            f'[[reader]]\nname = "{name}"\nkind = "serial"\nport = "{self.line.path}"\n'
            'protocol = "tsl"\noptions = {is_polled = false}\n'
            "smoothing = {depart_s = 2}\n",
        )
        self._reading.start()

    def _read(self) -> None:
        while not self._stopping.wait(0.1):
            if self.epc:
                self.line.write(f"EP: {self.epc}\r\nRI: {self.rssi}\r\nOK:\r\n\r\n".encode())

    def hold_to(self, epc: str, rssi: int = -55) -> None:
        """Put this tag in front of it from now on; an empty text is no tag."""
        self.epc, self.rssi = epc, rssi

    def scan_label(self, text: str) -> None:
        """Scan a barcode."""
        self.line.write(f"BC: {text}\r\nOK:\r\n\r\n".encode())

    def close(self) -> None:
        """Close the handheld; the agent reports and sends what it still holds."""
        self._stopping.set()
        self._reading.join()
        self.agent.close()
        self.line.close()
