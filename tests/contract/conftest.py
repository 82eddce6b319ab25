"""One real server on SQLite for all outside scripts; each test makes what it needs, by new names."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.contract.client import Client, Service

ROLES = ("technician", "stockroom", "auditor", "approver", "admin", "reader", "viewer")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"))
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def api(clients: dict[str, Client]) -> Client:
    return clients["admin"]


@pytest.fixture(scope="session")
def clients(service: Service) -> dict[str, Client]:
    """A program of each role."""
    return service.as_roles(*ROLES)


@pytest.fixture
def name() -> Callable[[str], str]:
    """`name("A")` gives a name that no other test has."""
    return lambda prefix: f"{prefix}-{next(_numbers):04d}"


@pytest.fixture
def room(api: Client, name) -> str:
    """The code of a place."""
    return api.create("/locations", code=name("ROOM"), name="A room")["code"]


@pytest.fixture
def person(api: Client, name) -> str:
    """The number of a person."""
    return api.create("/people", number=name("P"), name="Ana")["number"]


@pytest.fixture
def asset(api: Client, name, room) -> str:
    """The tag of an asset that is at home in the room."""
    return api.create(
        "/assets", asset_tag=name("A"), name="Laptop", home_location=room, location=room
    )["asset_tag"]
