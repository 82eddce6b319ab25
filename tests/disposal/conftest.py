"""The desk of the tests of custody: its assets are retired, erased and packed."""

from __future__ import annotations

from tests.custody.conftest import contents, desk, post

__all__ = ["contents", "desk", "post"]
