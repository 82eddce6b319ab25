"""What the register holds, and the lists that people save of it."""
