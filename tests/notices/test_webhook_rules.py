"""Signatures as the standard's own library checks them, and addresses that are not asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from scanner_app.domain.notices.addresses import (
    AddressRefused,
    OutboundRules,
    check_addresses,
    read_target,
)
from scanner_app.domain.notices.deliveries import (
    RETRIES,
    DeliveryState,
    name_delivery,
    next_attempt,
)
from scanner_app.domain.notices.kinds import NOTICES, NoticeKind
from scanner_app.domain.notices.webhooks import make_secret, sign, write_body, write_headers

NAME = UUID("7d3a1c52-0f4e-8a61-9b3e-1c2d3e4f5a6b")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

# Nothing inside may be reached, however it is written: 40 addresses of ways in.
INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",  # 127.0.0.1 as one decimal number
    "https://017700000001/",  # as one octal number
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://127.0.0.1./",
    "https://0.0.0.0/",
    "https://0/",
    "https://10.0.0.5/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",  # carrier-grade NAT
    "https://192.0.0.1/",
    "https://198.18.0.1/",  # benchmarks
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd12:3456:789a::1]/",
    "https://[ff02::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",  # 169.254.169.254, mapped
    "https://[::127.0.0.1]/",  # compatible
    "https://[64:ff9b::7f00:1]/",  # 127.0.0.1 by NAT64
    "https://[2002:7f00:1::]/",  # 127.0.0.1 by 6to4
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",  # Teredo
    "https://localhost/",
    "https://app.localhost/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://intranet/",
]
# Addresses that are not webhooks at all.
ODD = [
    "http://example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "https://user:pw@example.org/",
    "https://user@example.org/",
    "https://example.org:8443/",
    "https://example.org:22/",
    "https://example.org:99999/",
    "https:///path",
    "https://exa mple.org/",
    "https://example.org\\@127.0.0.1/",
    "https://example.org/\r\nX-Injected: 1",
    "https://ex\u0430mple.org/",
    "https://" + "a" * 2000,
    "javascript:alert(1)",
    "",
]


class TestAddresses:
    def test_are_forty(self):
        assert len(set(INSIDE)) == 40

    @pytest.mark.parametrize("url", INSIDE + ODD)
    def test_refuses(self, url):
        with pytest.raises(AddressRefused):
            read_target(url, OutboundRules())

    def test_takes_public_ones(self):
        target = read_target("https://hooks.example.org/a/b?c=d#e", OutboundRules())
        assert (target.host, target.port, target.path) == ("hooks.example.org", 443, "/a/b?c=d")
        assert read_target("https://93.184.216.34/", OutboundRules()).host == "93.184.216.34"
        assert read_target("https://[2606:2800:220:1::1]/", OutboundRules()).port == 443

    @pytest.mark.parametrize(
        "second",
        [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "::1",
            "fd00::1",
            "fe80::1%eth0",
            "::ffff:10.0.0.1",
        ],
    )
    def test_refuses_a_name_with_one_address_inside(self, second):
        with pytest.raises(AddressRefused):
            check_addresses("hooks.example.org", ["93.184.216.34", second], OutboundRules())

    def test_refuses_a_name_without_addresses(self):
        with pytest.raises(AddressRefused):
            check_addresses("hooks.example.org", [], OutboundRules())

    def test_takes_what_an_operator_allows(self):
        rules = OutboundRules(
            ("tickets.lan", "10.0.5.0/24"), may_http=True, ports=frozenset({8080})
        )
        assert read_target("http://tickets.lan:8080/hook", rules).port == 8080
        assert check_addresses("tickets.lan", ["10.9.9.9"], rules) == ["10.9.9.9"]
        assert read_target("https://10.0.5.7/", rules).host == "10.0.5.7"
        assert check_addresses("other.example.org", ["10.0.5.7"], rules) == ["10.0.5.7"]
        for url in ("https://10.0.6.7/", "https://wiki.lan/", "https://tickets.lan:9/"):
            with pytest.raises(AddressRefused):
                read_target(url, rules)


class TestSignatures:
    def test_are_those_of_the_standard(self):
        # The example of the specification, worked out by its own library.
        secret = make_secret()
        body = b'{"type":"loan.overdue"}'
        ours = sign(secret, message_id="msg_1", timestamp=int(NOW.timestamp()), body=body)
        theirs = Receiver(secret).sign("msg_1", NOW, body.decode())
        assert ours == theirs

    def test_are_verified_by_both_secrets_of_a_rotation(self):
        new, old, other = make_secret(), make_secret(), make_secret()
        now = datetime.now(UTC)
        body = write_body(NoticeKind.OVERDUE, {"tag": "LT-1", "custody": 3}, at=now, base_url="")
        headers = write_headers([new, old], name=NAME, now=now, body=body)
        for secret in (new, old):
            assert Receiver(secret).verify(body, headers)["type"] == "loan.overdue"
        with pytest.raises(WebhookVerificationError):
            Receiver(other).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Receiver(new).verify(body.replace(b"LT-1", b"LT-2"), headers)

    def test_are_too_old_after_five_minutes(self):
        secret = make_secret()
        headers = write_headers(
            [secret], name=NAME, now=datetime.now(UTC) - timedelta(minutes=6), body=b"{}"
        )
        with pytest.raises(WebhookVerificationError):
            Receiver(secret).verify(b"{}", headers)

    def test_name_no_person(self):
        params = {
            "tag": "LT-1",
            "name": "ThinkPad",
            "person": "Dana Reyes",
            "custody": 3,
            "day": "2026-03-02",
            "due_at": "x",
        }
        body = write_body(NoticeKind.OVERDUE, params, at=NOW, base_url="https://scan.example.org/")
        assert json.loads(body) == {
            "type": "loan.overdue",
            "timestamp": "2026-03-02T09:00:00.000Z",
            "data": {
                "custody": 3, "due_at": "x", "day": "2026-03-02", "tag": "LT-1",
                "link": "https://scan.example.org/assets/LT-1",
            },
        }  # fmt: skip
        # In these two, `what` is one of a few words.
        assert not any(
            {"person", "reason", "what"} & set(row.shares)
            for kind, row in NOTICES.items()
            if kind not in {"life_ends", "reservation"}
        )


class TestTries:
    def test_go_on_for_three_days(self):
        # 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h
        assert [pause.total_seconds() for pause in RETRIES] == [
            5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400,
        ]  # fmt: skip
        for attempts, pause in enumerate(RETRIES, 1):
            at = next_attempt(NOW, attempts=attempts, name=NAME)
            assert pause <= at - NOW <= pause * 1.1
        assert next_attempt(NOW, attempts=10, name=NAME) is None

    def test_have_one_name_for_one_receiver(self):
        one = name_delivery("secret", "due:1", "mail", "user:5")
        assert one == name_delivery("secret", "due:1", "mail", "user:5")
        others = {
            name_delivery("secret", "due:1", "mail", "user:6"),
            name_delivery("secret", "due:1", "webhook", "5"),
            name_delivery("other", "due:1", "mail", "user:5"),
            name_delivery("secret", "due:1mail", "", "user:5"),
        }
        assert len(others | {one}) == 5
        assert one.version == 5

    def test_know_their_states(self):
        assert {state.value for state in DeliveryState} == {
            "pending", "held", "sending", "sent", "failed", "withdrawn",
        }  # fmt: skip
