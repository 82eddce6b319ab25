"""The errors of requests that cannot be carried out. An expected answer to a scan is not an error.

ScannerAppError
├── NotFound        no asset, location or audit has that name, or this actor may not see it
├── Invalid         the request is malformed: `errors` says which field and why
├── Conflict        the state does not allow it: a closed audit, a tag that is in use
├── NotAllowed      the actor's role does not include the action
├── NotSignedIn     nobody is signed in, or the token is unknown, revoked or expired
├── TooLarge        the body, file or picture is above the limit
├── NoRoom          the disk is nearly full, so nothing large is taken
├── TooMany         too many attempts; `retry_after` is in seconds
└── Unavailable     the database or a worker cannot answer now; a retry is safe
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class ScannerAppError(Exception):
    """Base of every error that an edge turns into an answer. `code` is stable."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotFound(ScannerAppError):
    code = "not_found"


class Invalid(ScannerAppError):
    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.errors: dict[str, list[str]] = {k: list(v) for k, v in (errors or {}).items()}

    @property
    def texts(self) -> list[str]:
        """The reasons of all fields, or the message if there are none."""
        return [text for texts in self.errors.values() for text in texts] or [self.message]


class Conflict(ScannerAppError):
    code = "conflict"


class NotAllowed(ScannerAppError):
    code = "not_allowed"


class NotSignedIn(ScannerAppError):
    code = "not_signed_in"


class TooLarge(ScannerAppError):
    code = "too_large"


class NoRoom(ScannerAppError):
    code = "disk_full"


class TooMany(ScannerAppError):
    code = "too_many"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ScannerAppError):
    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 2, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after
