"""One function per thing the business does: takes a Session and `now`, never commits."""
