"""Help for tests: apps, databases and servers, made once and lent to many tests."""
