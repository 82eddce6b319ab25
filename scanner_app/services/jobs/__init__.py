"""Jobs: put in line by the transaction that causes them, taken and ended by workers."""
