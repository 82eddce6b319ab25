"""The draw of a sample: the vector that docs/audits.md prints, and a second way to draw."""

from __future__ import annotations

import random
from hashlib import sha256
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner_app.domain.audits.sampling.drawing import (
    Candidate,
    DrawnAs,
    Seed,
    draw_by_count,
    draw_by_value,
    draw_places,
    draw_with_values,
    order,
)
from scanner_app.domain.seals.canonical import hash_canonical

TYPED = "20237331128159211123"
ROWS: list[list[Any]] = [
    [f"LT-{i:04}", "BER-101", "", "in_use", 100_000 + 1000 * (i - 1) if i < 12 else 900_000, "EUR"]
    for i in range(1, 13)
]
POPULATION = "f2e4c5d9d50d8464b1b43fd93c4de3d6f3f5eade8aae374ed8bfcfa1074deafa"
IN_ORDER = [*map("{:04}".format, (9, 11, 7, 12, 2, 1, 3, 6, 4, 8, 5, 10))]
SEED = Seed(TYPED, POPULATION)
MEMBERS = [Candidate(row[0], row[4]) for row in ROWS]


class TestTheVector:
    def test_has_the_hash_of_its_population(self):
        assert hash_canonical(ROWS) == POPULATION

    def test_is_drawn_in_this_order(self):
        ranked = order(SEED, MEMBERS)

        assert [member.tag for _, member in ranked] == [f"LT-{tag}" for tag in IN_ORDER]
        assert ranked[0][0] == "100647834a0c03402886ee54bc15142a92684fccc91e90c84fc543f22af41773"

    def test_hits_these_by_value(self):
        found = draw_by_value(SEED, MEMBERS, 4)

        assert found.certain == ("LT-0012",)
        assert found.hit == ("LT-0009", "LT-0001", "LT-0004")
        assert (found.left_cents, found.start) == (1_155_000, 121_306)

    def test_starts_at_the_fifth_thing_of_the_place(self):
        [found] = draw_places(SEED, ["BER-101"], number=1, step=5)

        assert (found.place, found.first) == ("BER-101", 5)


# Twenty lines that draw again, from the text of docs/audits.md and nothing of the product.
def draw_again(seed: str, population: str, values: dict[str, int | None], n: int):
    def rank(x):
        return sha256((seed + "\n" + population + "\n" + x).encode()).hexdigest()

    tags = sorted(values, key=lambda tag: (rank(tag), tag))
    rest, certain = [t for t in tags if values[t]], []
    while True:
        v, m = sum(values[t] for t in rest), n - len(certain)
        more = [t for t in rest if values[t] * m >= v and m]
        if not more:
            break
        certain, rest = certain + more, [t for t in rest if t not in more]
    hits, m = [], min(m, len(rest))
    for j in range(m):
        r = int(rank("start"), 16) % v
        for index, tag in enumerate(rest):
            if sum(values[t] for t in rest[: index + 1]) * m > r + j * v:
                hits.append(tag)
                break
    return tags, certain, hits


class TestTheSecondWay:
    @settings(max_examples=1000)
    @given(st.integers(0, 2**32))
    def test_draws_the_same_from_a_thousand_populations(self, number):
        world = random.Random(number)
        tags = world.sample(range(1000), world.randint(1, 16))
        kinds = [None, 0, 1, world.randint(1, 50), world.randint(1, 10**7), 10**9]
        values = {f"T-{tag}": world.choice(kinds) for tag in tags}
        size, population = world.randint(0, len(tags)), f"{world.getrandbits(256):064x}"
        seed = Seed(str(number), population)
        members = [Candidate(tag, value) for tag, value in values.items()]

        simple = draw_by_count(seed, members, {"": size})
        by_value = draw_by_value(seed, members, size)

        in_order, certain, hit = draw_again(str(number), population, values, size)
        assert [one.tag for one in simple] == in_order
        assert [one.tag for one in simple if one.drawn_as is DrawnAs.SAMPLE] == in_order[:size]
        assert list(by_value.certain) == certain
        assert list(by_value.hit) == hit


class TestDrawByCount:
    def test_takes_the_first_of_each_stratum_in_one_order(self):
        members = [
            Candidate(member.tag, stratum="even" if number % 2 else "odd")
            for number, member in enumerate(MEMBERS)
        ]

        drawn = draw_by_count(SEED, members, {"even": 1, "odd": 2})

        sample = [one.tag for one in drawn if one.drawn_as is DrawnAs.SAMPLE]
        assert sample == ["LT-0009", "LT-0011", "LT-0012"]
        assert [one.position for one in drawn] == list(range(1, 13))
        assert {one.drawn_as for one in drawn if one.tag not in sample} == {DrawnAs.RESERVE}


class TestDrawWithValues:
    def test_draws_those_without_a_value_by_count_in_the_same_share(self):
        bare = [Candidate(f"X-{number}", value) for number, value in enumerate([None, 0] * 10)]

        drawn = draw_with_values(SEED, [*MEMBERS, *bare], 4)

        taken = {one.tag: one.drawn_as for one in drawn if one.drawn_as is not DrawnAs.RESERVE}
        in_order = [member.tag for _, member in order(SEED, bare)]
        assert taken["LT-0012"] is DrawnAs.CERTAINTY
        # 4 of 12 with a value, so a third of 20, rounded up.
        assert [tag for tag in taken if tag.startswith("X-")] == in_order[:7]
        assert len(taken) == 11


class TestDrawPlaces:
    @given(st.integers(0, 30), st.integers(1, 9), st.sets(st.integers(0, 99), max_size=12))
    def test_takes_as_many_as_there_are_and_starts_within_the_step(self, number, step, codes):
        found = draw_places(SEED, map(str, codes), number=number, step=step)

        assert len({one.place for one in found}) == min(number, len(codes))
        assert all(1 <= one.first <= step for one in found)
