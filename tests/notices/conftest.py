"""Receivers of messages on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.notices.receivers import HookServer, MailBox, run_hook_server, run_mail_server


@pytest.fixture
def mail() -> Iterator[MailBox]:
    with run_mail_server() as box:
        yield box


@pytest.fixture
def hooks() -> Iterator[HookServer]:
    with run_hook_server() as server:
        yield server
