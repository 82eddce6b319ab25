"""Passwords hashed and compared with argon2, a limited number at a time; no database here."""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scanner_app.domain.access.passwords import MAX_LENGTH, check_password
from scanner_app.domain.errors import Unavailable

hasher = PasswordHasher()
# Each hash needs 64 MB: without a limit, a burst of sign-ins would use up the machine's memory.
SLOTS = 4
slots = threading.BoundedSemaphore(SLOTS)
WAIT_SECONDS = 10.0


def _make_nobodys_hash() -> str:
    """Return a hash of the same cost that no password has, without hashing one at every start."""

    def random_field(size: int) -> str:
        return b64encode(secrets.token_bytes(size)).decode().rstrip("=")

    return (
        f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        f"${random_field(hasher.salt_len)}${random_field(hasher.hash_len)}"
    )


NOBODY = _make_nobodys_hash()


class _Slot:
    """One of the few slots in which a hash may be made."""

    def __enter__(self) -> None:
        if not slots.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("Too many people are signing in at once. Try again in a moment.")

    def __exit__(self, *_error: object) -> None:
        slots.release()


def _normal(password: str) -> str:
    # A letter with its accent is one code point from one keyboard and two from another (NIST SP
    # 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password; it is never trimmed or cut.

    Called before a transaction is opened: a hash takes so long that it would block every writer.

    :raises Invalid: it is too short, too long or among the first that are tried.
    :raises Unavailable: too many hashes are being made at once.
    """
    check_password(password)
    with _Slot():
        return hasher.hash(_normal(password))


def is_password(stored: str | None, password: str) -> bool:
    """Return whether a password is the one of a stored hash; one hash is computed in every case.

    :param stored: None if the user does not exist or may not sign in.
    :raises Unavailable: too many hashes are being made at once.
    """
    # Longer passwords were never accepted; hashing a megabyte would only cost time.
    tried = _normal(password) if len(password) <= MAX_LENGTH else ""
    with _Slot():
        try:
            hasher.verify(stored or NOBODY, tried.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def strengthen_hash(stored: str, password: str) -> str | None:
    """Return a new hash if the stored one has weaker parameters than today's; else None."""
    if not hasher.check_needs_rehash(stored):
        return None
    with _Slot():
        return hasher.hash(_normal(password))


def hash_secret(value: str) -> str:
    """Return the hash of a random secret for storage.

    It has 256 bits, so a slow hash adds nothing.
    """
    return hashlib.sha256(value.encode()).hexdigest()
