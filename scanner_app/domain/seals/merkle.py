"""Merkle trees of RFC 6962 and RFC 9162: roots, and proofs that something is in them or was.

A leaf is SHA-256(0x00 || data), an inner node SHA-256(0x01 || left || right). A tree is read by its
*nodes*: the hash of each perfect subtree of 2^level leaves, by level and index. So the same code
serves a list in memory and a log in tiles, of which any root or proof reads a few.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

# The hash of the leaves [index * 2^level, (index + 1) * 2^level).
Nodes = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()
TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS
HASH_BYTES = 32


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def nodes_of(leaves: Sequence[bytes]) -> Nodes:
    """Return the nodes of a tree whose leaf hashes are all in memory."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = range(0, len(below) - 1, 2)
        levels.append([hash_node(below[i], below[i + 1]) for i in pairs])
    return lambda level, index: levels[level][index]


def fold_tile(hashes: Sequence[bytes]) -> bytes:
    """Return the node above a power of two of neighbouring nodes."""
    row = list(hashes)
    while len(row) > 1:
        row = [hash_node(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def root_of(size: int, nodes: Nodes) -> bytes:
    """Return the root of the tree of the first leaves."""
    return _hash_range(0, size, nodes) if size else EMPTY_ROOT


class RootBuilder:
    """The root of a tree whose texts come one by one; only one hash a level is kept."""

    def __init__(self) -> None:
        self.size = 0
        # The perfect subtrees so far, the largest first: how many leaves each has, and its hash.
        self._whole: list[tuple[int, bytes]] = []

    def add(self, data: bytes) -> None:
        """Add the next text."""
        leaves, node = 1, hash_leaf(data)
        while self._whole and self._whole[-1][0] == leaves:
            node = hash_node(self._whole.pop()[1], node)
            leaves *= 2
        self._whole.append((leaves, node))
        self.size += 1

    def root(self) -> bytes:
        """Return the root over the texts that were added."""
        if not self._whole:
            return EMPTY_ROOT
        node = self._whole[-1][1]
        for _leaves, left in reversed(self._whole[:-1]):
            node = hash_node(left, node)
        return node

    def hex(self) -> str:
        """Return the root as a record holds it."""
        return self.root().hex()


def root_of_items(items: Iterable[bytes]) -> bytes:
    """Return the root of the tree over some texts, in their order."""
    builder = RootBuilder()
    for item in items:
        builder.add(item)
    return builder.root()


def prove_inclusion(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the hashes that lead from one leaf to the root of a tree of this size.

    :raises ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_hash_range(middle, end, nodes))
            end = middle
        else:
            path.append(_hash_range(start, middle, nodes))
            start = middle
    return path[::-1]


def prove_consistency(first: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the hashes that show that a tree begins with the whole of an earlier, smaller one.

    :raises ValueError: the earlier tree is larger.
    """
    if not 0 <= first <= size:
        raise ValueError(f"a tree of {size} leaves has no earlier size {first}")
    if first in {0, size}:
        return []
    path: list[bytes] = []
    start, end, is_whole = 0, size, True
    while first != end - start:
        middle = _split(end - start)
        if first <= middle:
            path.append(_hash_range(start + middle, end, nodes))
            end = start + middle
        else:
            path.append(_hash_range(start, start + middle, nodes))
            start, first, is_whole = start + middle, first - middle, False
    if not is_whole:
        path.append(_hash_range(start, end, nodes))
    return path[::-1]


def follow_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root to which a proof leads (RFC 9162, 2.1.3.2).

    :raises ValueError: the proof is not one of a tree of this size.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    at, last, node = index, size - 1, leaf
    for other in path:
        if last == 0:
            raise ValueError("the proof is longer than the tree is high")
        if at & 1 or at == last:
            node = hash_node(other, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = hash_node(node, other)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the proof is shorter than the tree is high")
    return node


def is_consistent(
    first: int, size: int, first_root: bytes, root: bytes, path: Sequence[bytes]
) -> bool:
    """Return whether a proof shows that a tree begins with an earlier one (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= size:
        return False
    if first in {0, size}:
        expected = root if first else EMPTY_ROOT
        return not path and first_root == expected
    proof = list(path)
    if first & (first - 1) == 0:  # a whole subtree: its root is the first root itself
        proof.insert(0, first_root)
    if not proof:
        return False
    at, last = first - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = proof[0]
    for other in proof[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = hash_node(other, old), hash_node(other, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = hash_node(new, other)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == root


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)


def _hash_range(start: int, end: int, nodes: Nodes) -> bytes:
    """Return the node above the leaves of a range that begins where such a subtree may begin."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    return hash_node(_hash_range(start, middle, nodes), _hash_range(middle, end, nodes))
