"""Files for people: counted, written, sent at once or kept in pieces."""
