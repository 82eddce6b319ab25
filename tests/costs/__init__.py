"""What things cost: book values, rates, expenses, choices, the roadmap."""
