"""Who began an import, as what it writes names them."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import ImportRun


@dataclass(frozen=True, slots=True)
class ImportAuthor(Actor):
    """Who began an import: their right was checked when they began it.

    :param run_key: the key that the run names; of the command line its words.
    """

    run_key: str = ""

    @property
    def key(self) -> str:
        return self.run_key


def author_of(run: ImportRun) -> ImportAuthor:
    """Return who began a run."""
    return ImportAuthor(
        "import", run.id, run.created_by, Role.STOCKROOM, run_key=run.actor or run.created_by
    )
