"""How long the daily check of devices takes, and what its pages cost."""
