"""Keep policies and waivers, and check the gates."""
