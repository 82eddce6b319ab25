"""The worker beside `serve`: it is back each time that it dies, and ends with the server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.models import Node
from tests.browser.conftest import LiveServer, wait_until


@pytest.fixture
def live(sqlite_template, tmp_path: Path) -> Iterator[LiveServer]:
    sqlite_template.make(tmp_path / "instance")
    live = LiveServer(tmp_path / "instance", has_worker=True)
    live.start()
    yield live
    live.stop(kill=True)
    live.forget()


def find_child(live: LiveServer) -> int | None:
    """Return the process that runs `scanner-app worker` for a server."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[-3:-1] == [b"--parent", str(live.process.pid).encode()]:
            return int(folder.name)
    return None


def find_node(live: LiveServer) -> str | None:
    with live.session() as session:
        return session.scalar(select(Node.id))


def test_comes_back_each_time_and_ends_with_the_server(live):
    nodes = []
    for _ in range(2):
        nodes.append(wait_until(lambda: find_node(live), seconds=60, what="a worker is there"))
        os.kill(find_child(live), signal.SIGKILL)
        # The next one knows at once that the one before it is dead.
        old = nodes[-1]
        wait_until(lambda old=old: find_node(live) not in {old, None}, seconds=60, what="the next")
    child = find_child(live)

    live.process.poll()
    os.kill(live.process.pid, signal.SIGTERM)
    status = live.process.wait(40)

    assert len(set(nodes)) == 2
    assert status == 0
    assert not Path(f"/proc/{child}").exists()
    assert find_node(live) is None
