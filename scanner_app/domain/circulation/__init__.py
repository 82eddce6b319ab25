"""Rules of lending: what stops, asks or tells when a thing changes hands, and when it is due."""
