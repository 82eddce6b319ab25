"""Imports of files into the register: checked row by row, then applied whole or not at all.

`life` holds the steps of an import, `run` the two long ones (check and apply), `kinds` what differs
between assets, locations and people. `files`, `mapping`, `row`, `names` and `cells` read a file.
"""
