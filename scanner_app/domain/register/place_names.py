"""Short names of locations: the name, and as much of its path as tells it from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

PATH_MARK = " / "
# What forms offer as the kind of a location. Any other word may be typed.
PLACE_KINDS = ("site", "building", "floor", "room", "rack", "shelf")


def shorten_paths(paths: Collection[str]) -> dict[str, str]:
    """Return a short name for each path: 'Lab 2', or 'Lab 2, Lisbon' where there are two.

    The ancestor that is added is the nearest one that no path with the same name shares; two equal
    paths stay equal.
    """
    names = Counter(_last(path) for path in set(paths))
    return {
        path: _shorten(path, paths) if names[_last(path)] > 1 else _last(path) for path in paths
    }


def _last(path: str) -> str:
    return path.rpartition(PATH_MARK)[2]


def _shorten(path: str, paths: Collection[str]) -> str:
    name = _last(path)
    rivals = [other for other in set(paths) if other != path and _last(other) == name]
    for ancestor in reversed(path.split(PATH_MARK)[:-1]):
        if not any(ancestor in other.split(PATH_MARK)[:-1] for other in rivals):
            return f"{name}, {ancestor}"
    return path
