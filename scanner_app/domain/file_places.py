"""Where pictures and documents are kept, as the settings name it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

REGION = "us-east-1"
_NAME = re.compile(r"[0-9a-f]{64}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def is_name(text: str) -> bool:
    """Return whether a text is the name of a file: the SHA-256 of what it holds."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of an S3 service.

    :param endpoint: the service's address; empty for that of Amazon.
    :param prefix: what the name of each object begins with; empty for nothing.
    """

    name: str
    prefix: str
    endpoint: str = ""
    region: str = REGION
    key: str = ""
    secret: str = ""


def read_bucket(url: str, *, endpoint: str, region: str, key: str, secret: str) -> Bucket:
    """Return the bucket that a setting such as s3://scanner/files names.

    :raises ValueError: the message says what is wrong.
    """
    parts = urlsplit(url)
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme != "s3" or not is_plain or not _BUCKET.fullmatch(parts.netloc):
        raise ValueError("SCANNER_FILES_URL must be like s3://bucket/prefix.")
    if endpoint and (
        urlsplit(endpoint).scheme not in {"http", "https"} or not urlsplit(endpoint).hostname
    ):
        raise ValueError("SCANNER_FILES_ENDPOINT must be like https://s3.example.org.")
    if bool(key) != bool(secret):
        raise ValueError("SCANNER_FILES_KEY and SCANNER_FILES_SECRET belong together.")
    return Bucket(parts.netloc, parts.path.strip("/"), endpoint, region, key, secret)
