"""The desk of the tests of custody, with rules of lending."""

from __future__ import annotations

from tests.custody.conftest import contents, desk, post

__all__ = ["contents", "desk", "post"]
