"""What the start page shows: the work that there is to do, and the state of the register."""
