"""Where Flask ends: the database session, the guard, the answers to errors, the page helper."""
