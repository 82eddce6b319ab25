"""Pages on which people say something about a finding, beside deciding it."""
