"""What scans while the service is killed: phones on a bad network, and a reader at a door."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

DOOR = "dock-door-1"


class Served(Protocol):
    """What has a port at which the service answers."""

    @property
    def port(self) -> int: ...


@dataclass
class Ledger:
    """What the clients know: which scans were acknowledged, with which answer.

    :ivar reads: the EPC of each read that a reader sent, by its read_id.
    """

    acknowledged: dict[str, dict] = field(default_factory=dict)
    sent: dict[str, dict] = field(default_factory=dict)
    reads: dict[str, str] = field(default_factory=dict)
    reuse_accepted: list[str] = field(default_factory=list)
    answer_changed: list[str] = field(default_factory=list)
    server_errors: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    lost_answers: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client(threading.Thread):
    """A phone on a bad network: gives up early, sends again, for ever.

    :param server: what has the port that a request goes to; asked for each request.
    """

    def __init__(
        self,
        server: Served,
        token: str,
        ledger: Ledger,
        stop: threading.Event,
        number: int,
        tags: list[str],
        people: list[str],
        rooms: list[str],
    ) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self.server, self.token, self.ledger, self.stop = server, token, ledger, stop
        self.rng = random.Random(number)
        self.tags, self.people, self.rooms = tags, people, rooms

    def run(self) -> None:
        while not self.stop.is_set():
            batch = [self.make_scan() for _ in range(self.rng.choice([1, 1, 1, 3]))]
            with self.ledger.lock:
                for one in batch:
                    self.ledger.sent[one["scan_id"]] = one
            is_answered = self.deliver(batch)
            # Only what is known to be stored can be used anew: the end may come before an answer.
            if is_answered and self.rng.random() < 0.05:
                self.reuse(self.rng.choice(batch))

    def make_scan(self) -> dict:
        intent = self.rng.choice(["sighting", "move", "check_out", "check_in"])
        one = {
            "scan_id": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            "code": self.rng.choice(self.tags),
            "intent": intent,
            "source": "camera",
            "scanned_at": datetime.now(UTC).isoformat(),
        }
        if intent in {"move", "sighting"}:
            one["location"] = self.rng.choice(self.rooms)
        if intent == "check_out":
            one["custodian"] = self.rng.choice(self.people)
        return one

    def deliver(self, batch: list[dict]) -> bool:
        """Send until every scan of the batch is answered for good; False: the end came before."""
        while True:
            results = self.post(batch)
            if results is not None:
                with self.ledger.lock:
                    for result in results:
                        known = self.ledger.acknowledged.setdefault(result["scan_id"], result)
                        if known["message"] != result["message"]:
                            self.ledger.answer_changed.append(result["scan_id"])
                # An answer may be lost after the fact: send some of them again to see.
                if self.rng.random() < 0.1:
                    continue
                return True
            if self.stop.is_set():
                return False
            time.sleep(self.rng.random() * 0.1)

    def reuse(self, one: dict) -> None:
        other = {**one, "code": self.rng.choice(self.tags), "note": "something else"}
        results = self.post([other])
        if results is not None and results[0]["status"] != "conflict":
            with self.ledger.lock:
                self.ledger.reuse_accepted.append(one["scan_id"])

    def post(self, batch: list[dict]) -> list[dict] | None:
        return self.send("/api/v1/scans", {"scans": batch})

    def send(self, path: str, content: dict) -> list[dict] | None:
        """Send once, and return the results; None: no answer, or one that asks to come again."""
        timeout = self.rng.choice([0.03, 0.3, 0.3, 3])
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout)
        try:
            connection.request(
                "POST",
                path,
                json.dumps(content),
                {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            )
            with connection.getresponse() as answer:
                body = answer.read()
        except (OSError, http.client.HTTPException):
            with self.ledger.lock:
                self.ledger.lost_answers += 1
            return None
        finally:
            connection.close()
        with self.ledger.lock:
            self.ledger.statuses[answer.status] += 1
            self.ledger.server_errors += answer.status == 500
        if answer.status != 200:
            return None
        return json.loads(body)["results"]


class Reader(Client):
    """The agent of a reader at a door: sends each read until it is answered."""

    def run(self) -> None:
        while not self.stop.is_set():
            moment = datetime.now(UTC).isoformat()
            batch: list[dict] = [
                {
                    "read_id": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
                    "epc": epc,
                    "antenna": 1,
                    "first_seen_at": moment,
                    "last_seen_at": moment,
                }
                for epc in self.rng.sample(self.tags, 5)
            ]
            with self.ledger.lock:
                self.ledger.reads |= {one["read_id"]: one["epc"] for one in batch}
            results = None
            while results is None and not self.stop.is_set():
                results = self.send("/api/v1/reads", {"reader": DOOR, "reads": batch})
            with self.ledger.lock:
                self.ledger.acknowledged |= {one["scan_id"]: one for one in results or []}
            self.stop.wait(0.5)  # a tag in the field is told twice a second
