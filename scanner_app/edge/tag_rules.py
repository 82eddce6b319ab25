"""How the codes of this deployment are read: its settings, and the address it is reached by."""

from __future__ import annotations

from functools import lru_cache

from flask import request
from werkzeug.datastructures import MultiDict

from scanner_app.config import Settings
from scanner_app.decoding.codes.lines import has_lines, read_lines
from scanner_app.decoding.codes.read import TagRules, is_secret
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.domain.settings import Organisation
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.services.register.codes import holds_secret

SECRET = "This contains a password or the like (secret). It is not a label, so it was not recorded."  # noqa: S105 - a sentence


JOINED = "Holds a line end (control_char): two scans were joined. Scan them again."


def refuse_unfit(scan: NewScan | dict[str, list[str]]) -> NewScan | dict[str, list[str]]:
    """Return the scan, or what is wrong with it: a password is never kept, and no two in one.

    Lines are taken only as a label has them, each with the name of its field.
    """
    if isinstance(scan, NewScan):
        if has_lines(scan.code) and read_lines(scan.code) is None:
            return {"code": [JOINED]}
        named = (
            *(("code", scan.code), ("location", scan.location), ("custodian", scan.custodian)),
            *(("target", scan.target), ("label", scan.label)),
        )
        for name, text in named:
            if text and is_secret(text):
                return {name: [SECRET]}
    return scan


def hide_secrets(form: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return a form as it may be shown again: without the fields that contain a password."""
    return MultiDict(
        [(n, "" if holds_secret(text) else text) for n, text in form.items(multi=True)]
    )


def tag_rules(host_url: str | None = None) -> TagRules:
    """Return the rules by which codes are read.

    If no address is set, ours is the one that the request came to, since the labels that were
    printed from these pages carry it.

    :param host_url: what a request came to whose work goes on without it.
    """
    settings = current_settings()
    base_url = settings.base_url or (host_url or request.host_url).rstrip("/")
    return _rules(settings, current_organisation(), base_url)


@lru_cache(maxsize=64)
def _rules(settings: Settings, organisation: Organisation, base_url: str) -> TagRules:
    return TagRules(
        base_url=base_url,
        prefix=organisation.tag_prefix,
        digits=organisation.tag_digits,
        code39_check=settings.code39_check,
        code39_full_ascii=settings.code39_full_ascii,
        foreign_hosts=frozenset(settings.foreign_hosts),
    )
