"""`scanner-app labels`: from codes to a file, or a sentence that says what to do."""

from __future__ import annotations

from contextlib import contextmanager

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from scanner_app.cli import labels as command
from scanner_app.domain.labels.stock import STOCKS
from tests.labels.test_designs import DESIGN


@pytest.fixture
def run(app, office, monkeypatch):
    @contextmanager
    def open_this_app():
        with app.app_context():
            yield app

    monkeypatch.setattr(command, "open_app", open_this_app)
    monkeypatch.delenv("SCANNER_BASE_URL", raising=False)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(command.labels_command, list(words))

    return invoke


class TestPrint:
    def test_writes_the_labels_of_codes_a_file_and_a_location(self, run, tmp_path):
        listed = tmp_path / "codes.txt"
        listed.write_text("LT-9\nLT-3\n")
        out = tmp_path / "labels.pdf"

        done = run(
            *("print", "LT-9", "--stock", "dymo-11352", "--from", str(listed)),
            *("--location", "R-101", "--base-url", "https://s.ex.org", "--out", str(out)),
        )

        assert done.exit_code == 0, done.output
        document = pypdfium2.PdfDocument(out.read_bytes())
        texts = [page.get_textpage().get_text_range().split()[0] for page in document]
        document.close()
        assert texts == ["LT-9", "LT-3", "R-101", "LT-1", "LT-2"]

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["LT-1", "--out", "l.pdf"], "Set SCANNER_BASE_URL"),
            (["LT-1", "--out", "l.doc"], "Name the file .pdf, .png or .zpl"),
            (["NO-1", "--content", "code", "--out", "l.pdf"], "Not known here: NO-1"),
            (["--content", "code", "--out", "l.pdf"], "Choose what to print labels for"),
        ],
    )
    def test_says_what_to_do_and_writes_nothing(self, run, tmp_path, words, sentence):
        done = run("print", *words[:-1], str(tmp_path / words[-1]), "--stock", "dymo-11352")

        assert sentence in str(done.exception)
        assert list(tmp_path.glob("l.*")) == []


class TestStocks:
    def test_lists_every_stock(self, run):
        told = run("stocks").output

        assert [stock.key for stock in STOCKS if stock.key not in told] == []


class TestDesigns:
    def test_are_written_to_a_file_and_read_again_as_the_next_version(self, run, api, tmp_path):
        file = tmp_path / "design.json"
        assert api.put("/label-designs/server-room", json=DESIGN).status_code == 201

        assert run("designs", "export", "server-room", "--out", str(file)).exit_code == 0
        file.write_text(file.read_text().replace('"size": 4', '"size": 5'))
        imported = run("designs", "import", str(file))

        assert "server-room, version 2" in imported.output
        assert "Server room (Assets, zebra-50x25), version 2" in run("designs", "list").output
        assert run("designs", "export", "nothing").exception is not None
