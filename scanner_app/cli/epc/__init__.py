"""Commands about the EPCs of RFID tags: one tag, a table of tags, and reading them."""
