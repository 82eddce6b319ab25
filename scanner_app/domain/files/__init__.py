"""Files that are made for people: which are sent at once, and which a job makes."""
