"""Notices: raised in the transaction of their cause, read and taken by people, swept by the day."""
