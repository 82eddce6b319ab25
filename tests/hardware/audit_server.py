"""A server of our own that answers the agent and records what it was sent."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class AuditServer:
    """A server that answers reads, scans and heartbeats as the API does, and records them."""

    def __init__(self) -> None:
        self.records: dict[str, Any] = {}
        self.beats: dict[str, list[Any]] = {}
        self.extra: dict[str, Any] = {}
        self.watch: dict[str, Any] = {"watch": [], "next_seconds": 1}
        self.signals: list[tuple[str, dict[str, Any]]] = []
        self.tokens: set[str | None] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.tokens.add(self.headers["Authorization"])
                self.answer(outer.take(self.path, body))

            def do_GET(self) -> None:
                self.answer(outer.watch)

            def answer(self, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def take(self, path: str, body: Any) -> dict[str, Any]:
        route = path.rpartition("/")[2]
        if route == "heartbeat":
            self.beats.setdefault(path.split("/")[-2], []).append(body)
            return self.extra
        if route == "signals":
            self.signals += [(path.split("/")[-2], signal) for signal in body["signals"]]
            return self.watch
        key = {"reads": "read_id", "scans": "scan_id"}[route]
        results = []
        for record in body[route]:
            status = "repeated" if record[key] in self.records else "recorded"
            self.records[record[key]] = record
            results.append({key: record[key], "status": status})
        return {"results": results, **self.extra}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
