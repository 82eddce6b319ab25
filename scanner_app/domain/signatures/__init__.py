"""Signatures: the lines that a person drew on a pad, or the name that they typed instead.

No timing and no pressure are kept. They would make a signature biometric data, and nothing here
compares signatures: they are shown on a page and on paper, beside a name.
"""
