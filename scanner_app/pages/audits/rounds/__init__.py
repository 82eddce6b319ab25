"""Pages of the locations of an audit: who counts each, sign-offs and second counts."""
