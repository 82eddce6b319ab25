"""This service as a browser's passkeys know it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import request

from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.services.access.passkeys import Party


def can_use_passkeys() -> bool:
    """Return whether passkeys work at this address: they are bound to a name, not to numbers."""
    try:
        ipaddress.ip_address(current_party().host)
    except ValueError:
        return True
    return False


def current_party() -> Party:
    """Return the service by the address that is set, else by that of the request."""
    settings = current_settings()
    base = urlsplit(settings.base_url or request.host_url)
    return Party(
        base.hostname or "",
        current_organisation().name,
        (f"{base.scheme}://{base.netloc}",),
        settings.secret_key,
    )
