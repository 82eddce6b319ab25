"""The rules about readers that need no database."""
