"""A real S3 server (`rclone serve s3`), whose buckets are folders."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from scanner_app.config import Settings
from tests.support.databases import make_settings

# It comes with the tools of the tests, beside Python itself.
RCLONE = Path(sys.executable).with_name("rclone")
# How long the server trusts what it knows of a folder: the tests change files under it. Never at all
# (0s) makes it forget and read a folder again without end, some 10 s for one file.
TRUST = "50ms"
KEY, SECRET_KEY = "scanner", "a/secret+key=="


class BucketServer:
    """One S3 server, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bucket").mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(RCLONE, "serve", "s3", str(self.folder), "--config", "/dev/null"),
                *("--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET_KEY}"),
                *("--vfs-cache-mode", "off", "--dir-cache-time", TRUST, "--log-level", "ERROR"),
            ]
        )
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < until, "rclone does not start"
                time.sleep(0.02)  # it does not say when it listens

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)

    def settings(self, folder: Path, url: str = "", **changes: object) -> Settings:
        return make_settings(
            folder,
            url,
            files_url="s3://bucket/files",
            files_endpoint=f"http://127.0.0.1:{self.port}",
            files_key=KEY,
            files_secret=SECRET_KEY,
            **changes,
        )
