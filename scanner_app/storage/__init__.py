"""What is kept: the database, its schema, the keys and the lock of writers."""
