"""Electronic Product Codes, against the vectors and tables of TDS 2.2."""
