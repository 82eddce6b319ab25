"""The commands that repeat the arithmetic of a sample."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from scanner_app.cli.audits import audits_command
from tests.audits.sampling.test_drawing import IN_ORDER, POPULATION, ROWS, TYPED


def run(*words: str):
    return CliRunner().invoke(audits_command, words)


@pytest.fixture
def draw(tmp_path):
    def draw_from(document, *words: str):
        file = tmp_path / "population.json"
        file.write_text(json.dumps(document))
        return run("draw", "--population", str(file), "--seed", TYPED, *words)

    return draw_from


class TestDraw:
    @pytest.mark.parametrize("document", [ROWS[::-1], {"population": {"items": ROWS}}])
    def test_repeats_the_vector_from_a_list_or_a_report_in_any_order(self, draw, document):
        done = draw(document, "--size", "4", "--places", "1")

        first, *lines = done.output.splitlines()
        assert first == f"12 members, SHA-256 {POPULATION}"
        words = [line.split("\t") for line in lines]
        assert [f"LT-{tag}" for tag in IN_ORDER] == [word[2] for word in words[:12]]
        assert [word[1] for word in words[:12]] == ["sample"] * 4 + ["reserve"] * 8
        assert words[12] == ["place", "BER-101", "from number 5, every 5"]

    def test_draws_by_value(self, draw):
        done = draw(ROWS, "--size", "4", "--by-value")

        drawn = [line.split("\t")[1:3] for line in done.output.splitlines()[1:]]
        assert [one for one in drawn if one[0] != "reserve"] == [
            ["sample", "LT-0009"],
            ["certainty", "LT-0012"],
            ["sample", "LT-0001"],
            ["sample", "LT-0004"],
        ]

    @pytest.mark.parametrize(
        ("document", "words", "reason"),
        [
            ({}, [], "it has no list of members"),
            ([["LT-1"]], [], "member 1 is not a list of six values"),
            ([[*ROWS[0][:4], "100", "EUR"]], [], "member 1 is not tag, place"),
            ([ROWS[0], ROWS[0]], [], "a tag is in it twice"),
            ([ROWS[0], [*ROWS[1][:5], "JPY"]], ["--by-value"], "values in EUR, JPY: --currency"),
        ],
    )
    def test_refuses_what_is_not_one_frozen_list(self, draw, document, words, reason):
        done = draw(document, *words)

        assert done.exit_code == 2
        assert reason in " ".join(done.output.split())


class TestSizes:
    @pytest.mark.parametrize(
        ("words", "line"),
        [
            (
                "--population 1500 --tolerable 5% --expected 1%",
                "91 of 1,500: if at most 1 is missing, at most 5 % missing is shown with 95 % confidence.",
            ),
            (
                "--population 100000 --tolerable 0.05",
                "59 of 100,000: if none is missing, at most 5 % missing is shown with 95 % confidence.",
            ),
            ("--population 20 --tolerable 5%", "All 20: a smaller sample cannot show that."),
            (
                "--population 500 --margin 5%",
                "218 of 500: the share that is missing is known to within 5 % either way, with 95 % confidence.",
            ),
            (
                "--value 2500000 --tolerable-value 125000 --expected-value 27722",
                "94 drawn by value from 2,500,000.00: if no more is missing than expected, at most 125,000.00 missing is shown with 95 % confidence.",
            ),
            (
                "--size 150 --stratum 300/0.02 --stratum 450/0.05 --stratum 750/0.1",
                "17 of 300\n40 of 450\n93 of 750",
            ),
        ],
    )
    def test_says_what_a_sample_shows(self, words, line):
        assert run("sizes", *words.split()).output == line + "\n"

    @pytest.mark.parametrize(
        "words",
        [
            "",
            "--population 1500",
            "--population 1500 --tolerable 101%",
            "--population 1500 --tolerable 5% --confidence 100%",
            "--value 100 --tolerable-value 16 --expected-value 10",
            "--size 10 --stratum 3/0.1/0.2",
        ],
    )
    def test_says_what_to_write_instead(self, words):
        done = run("sizes", *words.split())

        assert done.exit_code == 2
        assert "Error: " in done.output


class TestEstimate:
    @pytest.mark.parametrize(
        ("words", "line"),
        [
            (
                "--population 1500 --drawn 150 --found 9 --tolerable 5%",
                "9 of 150 drawn (6.0 %): 44 to 162 of 1,500 (2.9 % to 10.8 %).\nAt most 150, one-sided. Not shown.",
            ),
            (
                "--population 1500 --drawn 58 --found 0 --tolerable 5%",
                "0 of 58 drawn (0.0 %): 0 to 90 of 1,500 (0.0 % to 6.0 %).\nAt most 74, one-sided. Shown.",
            ),
            (
                "--population 150 --drawn 150 --found 9",
                "9 of 150 (6.0 %), counted in full.",
            ),
            (
                "--stratum 300/17/0 --stratum 450/40/2 --stratum 750/93/7",
                "5.26 % (2.28 % to 10.15 %).",
            ),
            ("--place 5/2 --place 5/1 " + "--place 5/0 " * 10, "5 % (0.37 % to 19.54 %)."),
            (
                "--value 2500000 --drawn 93 --taint 1 --taint 0.4",
                "Most likely 37,634.41, at most 144,210.65.",
            ),
        ],
    )
    def test_says_what_was_shown(self, words, line):
        assert run("estimate", *words.split()).output == line + "\n"

    @pytest.mark.parametrize(
        "words",
        [
            "",
            "--population 10 --drawn 11 --found 1",
            "--population 10 --drawn 5 --found 6",
            "--stratum 10/1/0 --stratum 10/1/0",
            "--stratum 10/5/6 --stratum 10/5/1",
            "--place 5/1",
            "--place 5/x --place 5/1",
        ],
    )
    def test_says_what_to_write_instead(self, words):
        done = run("estimate", *words.split())

        assert done.exit_code == 2
        assert "Error: " in done.output
