"""Rules of the register: what a change is, and what is said of it."""
