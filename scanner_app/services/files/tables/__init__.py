"""Reading CSV and XLSX files that anybody may have made, in bounded memory.

`open.open_table` finds out how a file is read and streams its rows. What the columns mean is
decided elsewhere.
"""
