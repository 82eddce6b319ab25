"""Read policies, their versions, what they found, and waivers."""
