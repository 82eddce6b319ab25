"""Attempts to sign in, counted in a table, because memory is per worker and lost at a restart.

An attempt counts for the account and for the client's network. A browser that has signed in to the
account before carries a mark that only this service can make. Its attempts count for that browser
alone, so that nobody can lock a person out by guessing at their account from elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.errors import TooMany
from scanner_app.models import Throttle

WINDOW = timedelta(minutes=15)
# An office shares one network, so it may be wrong more often than one account.
NETWORK_FACTOR = 5
MARK_GAP = "~"
MAX_MARKS = 8


def find_network(address: str) -> str:
    """Return the network that an address is counted with: its /24, or the /64 of IPv6."""
    try:
        parsed = ip_address(address.partition("%")[0])
        if isinstance(parsed, IPv6Address):
            # On a dual-stack socket every IPv4 client has such an address, all in one /64.
            parsed = parsed.ipv4_mapped or parsed
        width = 24 if parsed.version == 4 else 64  # noqa: PLR2004 - IP versions
        return str(ip_network(f"{parsed}/{width}", strict=False))
    except ValueError:
        return "unknown"


def add_mark(secret_key: str, *, email: str, marks: str) -> str:
    """Return a browser's marks with one for an account. Several people may share a phone."""
    if find_browser(secret_key, email=email, marks=marks) is not None:
        return marks
    name = secrets.token_hex(16)
    kept = marks.split(MARK_GAP)[-(MAX_MARKS - 1) :] if marks else []
    return MARK_GAP.join([*kept, f"{name}.{_sign(secret_key, name, email)}"])


def find_browser(secret_key: str, *, email: str, marks: str) -> str | None:
    """Return the name of a browser that signed in to an account, or None without a valid mark."""
    for mark in marks.split(MARK_GAP)[:MAX_MARKS]:
        name, _, signature = mark.partition(".")
        if name and hmac.compare_digest(
            signature.encode("utf-8", "replace"), _sign(secret_key, name, email).encode()
        ):
            return name
    return None


def _sign(secret_key: str, name: str, email: str) -> str:
    message = f"browser\x00{name}\x00{email}".encode("utf-8", "surrogatepass")
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()


def list_limits(
    *, email: str | None, address: str, browser: str | None, attempts: int
) -> dict[str, int]:
    """Return the limit for each key for which an attempt counts.

    :param email: the account's address in its normal form; None if it is not an address.
    :param browser: the name of a browser that signed in to this account before.
    """
    if browser is not None:
        return {f"browser:{browser}": attempts}
    limits = {f"network:{find_network(address)}": attempts * NETWORK_FACTOR}
    if email is not None:
        limits[f"account:{email}"] = attempts
    return limits


def _start_of_window(now: datetime) -> datetime:
    length = WINDOW.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // length * length, now.tzinfo)


def count_attempt(session: Session, *, limits: Mapping[str, int], now: datetime) -> None:
    """Count an attempt for each key.

    Called in a separate unit of work before the password is checked. So a wrong password stays
    counted, and attempts that arrive together all count.

    :raises TooMany: a key has used up its attempts in this quarter of an hour.
    """
    start = _start_of_window(now)
    insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
    for key in sorted(limits):  # one order everywhere, so that no two requests wait for each other
        statement = insert(Throttle).values(key=key, window_start=start, attempts=1)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["key", "window_start"], set_={"attempts": Throttle.attempts + 1}
            )
        )
    counted = session.execute(
        select(Throttle.key, Throttle.attempts).where(
            Throttle.key.in_(limits), Throttle.window_start == start
        )
    )
    if any(attempts > limits[key] for key, attempts in counted):
        wait = int((start + WINDOW - now).total_seconds()) + 1
        minutes = -(-wait // 60)
        raise TooMany(
            f"Too many attempts. Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
            retry_after=wait,
        )


def forget_attempts(session: Session, *, limits: Mapping[str, int], now: datetime) -> None:
    """Forget the counted attempts after a right password, and all windows that are over.

    A network loses only this one attempt. Otherwise the owner of one account could guess at others
    for ever.
    """
    networks = [key for key in limits if key.startswith("network:")]
    session.execute(
        delete(Throttle).where(Throttle.key.in_([key for key in limits if key not in networks]))
    )
    session.execute(
        update(Throttle)
        .where(
            Throttle.key.in_(networks),
            Throttle.window_start == _start_of_window(now),
            Throttle.attempts > 0,
        )
        .values(attempts=Throttle.attempts - 1)
    )
    session.execute(delete(Throttle).where(Throttle.window_start < now - 2 * WINDOW))
