"""Merkle trees: the vectors of RFC 6962's reference tests, and proofs that hold and that fail."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.seals.merkle import (
    EMPTY_ROOT,
    fold_tile,
    follow_inclusion,
    hash_leaf,
    is_consistent,
    nodes_of,
    prove_consistency,
    prove_inclusion,
    root_of,
    root_of_items,
)

# The eight inputs of the reference tests of RFC 6962 (Certificate Transparency).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
LEAVES = [hash_leaf(data) for data in INPUTS]
NODES = nodes_of(LEAVES)
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def root_by_definition(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962 2.1 defines it, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    halves = root_by_definition(leaves[:k]) + root_by_definition(leaves[k:])
    return hashlib.sha256(b"\x01" + halves).digest()


class TestRoots:
    @pytest.mark.parametrize("size", ROOTS)
    def test_are_those_of_the_reference_tests(self, size):
        assert root_of(size, NODES).hex() == ROOTS[size]
        assert root_of_items(INPUTS[:size]).hex() == ROOTS[size]

    def test_of_nothing_is_the_hash_of_nothing(self):
        assert root_of_items([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()

    @given(st.integers(0, 70))
    def test_are_those_of_the_definition(self, size):
        leaves = [hash_leaf(bytes([n])) for n in range(size)]

        assert root_of(size, nodes_of(leaves)) == root_by_definition(leaves)

    def test_a_full_tile_folds_to_the_node_above_it(self):
        leaves = [hash_leaf(bytes([n])) for n in range(256)]

        assert fold_tile(leaves) == root_by_definition(leaves)


class TestProofs:
    def test_of_inclusion_lead_every_leaf_of_every_size_to_the_root(self):
        leaves = [hash_leaf(bytes([n])) for n in range(40)]
        nodes = nodes_of(leaves)
        for size in range(1, 41):
            for index in range(size):
                path = prove_inclusion(index, size, nodes)
                assert follow_inclusion(leaves[index], index, size, path) == root_of(size, nodes)

    def test_of_consistency_hold_between_every_two_sizes(self):
        leaves = [hash_leaf(bytes([n])) for n in range(40)]
        nodes = nodes_of(leaves)
        roots = [root_of(size, nodes) for size in range(41)]
        for size in range(41):
            for first in range(size + 1):
                path = prove_consistency(first, size, nodes)
                assert is_consistent(first, size, roots[first], roots[size], path)
                if path:
                    assert not is_consistent(first, size, roots[first], roots[size], path[:-1])
                if 0 < first < size:
                    assert not is_consistent(first, size, roots[first - 1], roots[size], path)

    @given(st.integers(1, 40), st.data())
    def test_of_another_leaf_or_altered_lead_elsewhere(self, size, data):
        leaves = [hash_leaf(bytes([n])) for n in range(size)]
        nodes = nodes_of(leaves)
        index = data.draw(st.integers(0, size - 1))
        path = prove_inclusion(index, size, nodes)
        root = root_of(size, nodes)

        assert follow_inclusion(hash_leaf(b"other"), index, size, path) != root
        if path:
            at = data.draw(st.integers(0, len(path) - 1))
            altered = [*path[:at], bytes(32), *path[at + 1 :]]
            assert follow_inclusion(leaves[index], index, size, altered) != root
            with pytest.raises(ValueError, match="shorter"):
                follow_inclusion(leaves[index], index, size, path[:-1])
        with pytest.raises(ValueError, match="longer"):
            follow_inclusion(leaves[index], index, size, [*path, bytes(32)])

    def test_of_what_is_not_there_are_refused(self):
        with pytest.raises(ValueError, match="no leaf 8"):
            prove_inclusion(8, 8, NODES)
        with pytest.raises(ValueError, match="no earlier size 9"):
            prove_consistency(9, 8, NODES)
