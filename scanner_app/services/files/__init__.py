"""Files that come in and go out: tables of any origin, tables for other programs, PDF pages."""
