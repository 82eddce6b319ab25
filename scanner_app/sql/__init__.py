"""SQL that several layers share: the value list, fast reads and writes, and named conditions."""
