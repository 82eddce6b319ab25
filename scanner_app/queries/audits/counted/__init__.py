"""The counts of audits: from kept tallies, and what has changed since."""
