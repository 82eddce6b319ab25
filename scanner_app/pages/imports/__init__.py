"""Imports on the web: upload a file, settle its columns, read the dry run, apply, read the result.

One module a step. `status_names` is the admin's table of what other registers call our statuses.
"""

from __future__ import annotations

from scanner_app.pages.imports import columns, refused, result, upload
from scanner_app.pages.imports.runs import blueprint

__all__ = ["blueprint", "columns", "refused", "result", "upload"]
