"""Rules of the business as tables and pure functions. No I/O."""
