"""What things cost: rates, book values, expenses, and when to replace."""
