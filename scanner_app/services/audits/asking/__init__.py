"""What is asked of people outside the count: their approval, or what they have."""
