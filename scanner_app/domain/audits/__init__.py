"""Rules of audits: states, findings, proposals, accuracy, and the columns of the report."""
