"""Pages of signing in, accounts, users and tokens."""
