"""Mutation testing: is each small fault in the rules noticed by a test? See docs/benchmarks.md."""
