"""Keep the tallies of audits."""
