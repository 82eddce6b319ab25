"""What leaves for an address that a person typed: where it goes, and how its secret is kept."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from scanner_app.domain.notices.addresses import AddressRefused
from scanner_app.storage.outbound import NotReached, post
from scanner_app.storage.sealed_text import SealedText
from tests.notices.receivers import run_hook_server
from tests.notices.test_deliveries import OPEN


class TestOutbound:
    def test_asks_the_address_that_was_checked(self, hooks):
        asked = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

        url = f"http://hooks.example.org:{hooks.port}/hook"
        rules = replace(OPEN, allow=("127.0.0.0/8",))
        assert post(url, body=b"{}", headers={}, rules=rules, resolver=rebinding) == 204
        assert asked == ["hooks.example.org"]
        assert hooks.posts[0][0]["Host"] == f"hooks.example.org:{hooks.port}"

    def test_refuses_a_name_that_answers_inside_the_second_time(self, hooks):
        answers = iter([["93.184.216.34"], ["127.0.0.1"]])
        url = f"http://hooks.example.org:{hooks.port}/hook"
        rules = replace(OPEN, allow=())
        next(answers)
        with pytest.raises(AddressRefused):
            post(url, body=b"{}", headers={}, rules=rules, resolver=lambda *_: next(answers))
        assert hooks.posts == []

    def test_uses_no_proxy_of_the_environment(self, hooks, monkeypatch):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        assert post(hooks.url, body=b"{}", headers={}, rules=OPEN) == 204

    def test_says_that_nobody_answers(self):
        with run_hook_server() as server:
            url = server.url
        with pytest.raises(NotReached, match="Nothing answers"):
            post(url, body=b"{}", headers={}, rules=OPEN)

    def test_does_not_wait_for_a_name_without_end(self):
        is_over = threading.Event()

        def look_up(_host: str, _port: int) -> list[str]:
            is_over.wait(20)
            return ["93.184.216.34"]

        began = time.monotonic()
        try:
            with pytest.raises(NotReached, match="not found in time"):
                post("https://slow.example.org/", body=b"", headers={}, rules=OPEN,
                     resolver=look_up, seconds=0.1)  # fmt: skip
        finally:
            is_over.set()
        assert time.monotonic() - began < 5

    @pytest.mark.parametrize(
        "drip", [b"HTTP/1.1 100 Continue\r\n\r\n", b"H"], ids=["continue", "drip"]
    )
    def test_ends_an_answer_that_never_does(self, drip):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def answer() -> None:
                link, _ = server.accept()
                with link, suppress(OSError):
                    while True:
                        link.sendall(drip)
                        time.sleep(0.05)

            thread = threading.Thread(target=answer, daemon=True)
            thread.start()
            url = f"http://127.0.0.1:{server.getsockname()[1]}/hook"
            with pytest.raises(NotReached, match="No answer"):
                post(url, body=b"{}", headers={}, rules=OPEN, seconds=0.5)
            thread.join()

    def test_speaks_tls_or_not_at_all(self, hooks):
        with pytest.raises(NotReached, match="encrypted connection failed"):
            post(hooks.url.replace("http:", "https:"), body=b"{}", headers={}, rules=OPEN)


def test_keeps_secrets_encrypted():
    box = SealedText("k" * 40)
    sealed = box.close("whsec_abc")
    assert "whsec" not in sealed
    assert box.open(sealed) == "whsec_abc"
    with pytest.raises(Exception, match="secret key was changed"):
        SealedText("x" * 40).open(sealed)
