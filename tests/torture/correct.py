"""`scanner-app` as it is, started as the variants are."""

from __future__ import annotations

import sys

from scanner_app.cli import main

if __name__ == "__main__":
    sys.argv = ["scanner-app", *sys.argv[2:]]
    main()
