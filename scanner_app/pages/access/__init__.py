"""Pages for signing in, accounts, users and tokens."""
