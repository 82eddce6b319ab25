"""The desk of the tests of custody: assets that go to maintenance and come back."""

from __future__ import annotations

from tests.custody.conftest import contents, desk, post

__all__ = ["contents", "desk", "post"]
