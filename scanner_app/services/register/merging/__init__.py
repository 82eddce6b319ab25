"""Merges: two spellings of one category, supplier, maker or model become one."""
