"""Tests of the kept tallies of audits."""
