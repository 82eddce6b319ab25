"""From a picture to the codes in it."""
