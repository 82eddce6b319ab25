"""Suggestions of decisions: rules that people write, evaluated over what is known of a finding."""
