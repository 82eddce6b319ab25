"""An agent: a program with the role of readers."""

from __future__ import annotations

import pytest


@pytest.fixture
def agent(api_as):
    return api_as("reader")
