"""`python -m scanner_app` is `scanner-app`."""

from scanner_app.cli import main

main()
