"""HTTPS with this machine's own certificate, and the pages that let a phone trust it."""
