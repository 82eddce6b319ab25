"""Templates for tests, compiled once on this machine rather than by each process that is started."""

from __future__ import annotations

from flask import Flask
from jinja2 import FileSystemBytecodeCache


def keep_compiled_templates() -> None:
    """Make all apps of this process keep their compiled templates in the user's temporary folder.

    Jinja compares each with the text of its template, so a changed template is compiled again.
    """
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache()}
