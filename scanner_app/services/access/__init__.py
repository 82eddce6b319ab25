"""Users, sign-ins, tokens and passwords."""
