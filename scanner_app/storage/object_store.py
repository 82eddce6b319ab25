"""Files in a bucket of an S3 service, for machines that share no folder.

obstore is imported where a bucket is used: nobody else needs it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from scanner_app.domain.errors import ScannerAppError, Unavailable
from scanner_app.domain.file_places import Bucket, is_name

log = logging.getLogger(__name__)

# In seconds. A request waits this long for the service at the most, then it is told to come again.
MAX_WAIT, CONNECT = 15, 4
RETRIES = 2
RETRY_AFTER = 30


class ObjectStore:
    """A store in a bucket. Nothing in it is public: the app sends files after its own checks."""

    def __init__(self, bucket: Bucket) -> None:
        """:raises ScannerAppError: the package that speaks S3 is not installed."""
        try:
            from obstore.store import S3Store
        except ImportError as error:
            raise ScannerAppError(
                "SCANNER_FILES_URL names a bucket, for which a package is missing:"
                " pip install 'scanner-app[s3]'"
            ) from error
        given: dict[str, Any] = {
            "endpoint": bucket.endpoint,
            "access_key_id": bucket.key,
            "secret_access_key": bucket.secret,
        }
        self._store: Any = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            region=bucket.region,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT),
                "timeout": timedelta(seconds=MAX_WAIT),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=MAX_WAIT),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
            **{name: text for name, text in given.items() if text},
        )

    def put(self, data: bytes) -> str:
        """Store a file, and return its name.

        One that is there is written again: the same name is the same content, and what was damaged
        is whole again. Not every service can be asked to leave alone what is there.

        :raises Unavailable: the service does not answer.
        """
        name = hashlib.sha256(data).hexdigest()
        with _answering():
            self._store.put(_path(name), data)
        return name

    def get(self, name: str) -> bytes | None:
        """Return a file, None if it is not there or is not what its name says.

        :raises Unavailable: the service does not answer.
        """
        path = _path(name)
        with _answering():
            try:
                data = bytes(self._store.get(path).bytes())
            except FileNotFoundError:
                return None
        return data if hashlib.sha256(data).hexdigest() == name else None

    def delete(self, name: str) -> None:
        """Delete a file, if it is there.

        :raises Unavailable: the service does not answer.
        """
        path = _path(name)
        with _answering():
            try:
                self._store.delete(path)
            except FileNotFoundError:
                return

    def names(self) -> Iterator[str]:
        """Yield the names of all files.

        :raises Unavailable: the service does not answer.
        """
        with _answering():
            for part in self._store.list():
                for found in part:
                    name = found["path"].rsplit("/", 1)[-1]
                    if is_name(name):
                        yield name


def _path(name: str) -> str:
    if not is_name(name):
        raise ValueError("a file is named by the SHA-256 of its content")
    return f"{name[:2]}/{name}"


@contextmanager
def _answering() -> Iterator[None]:
    """Raise Unavailable for every failure of the service: a retry is safe."""
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as error:
        log.warning("the store of files failed: %s", str(error).partition("\n")[0])
        raise Unavailable(
            "The store of pictures and files does not answer. Nothing was lost. Try again in half a"
            " minute.",
            code="files_away",
            retry_after=RETRY_AFTER,
        ) from error
