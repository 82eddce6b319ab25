"""Who was asked what they have, and what they answered."""
