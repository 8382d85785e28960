"""Faults that take longer than tests may: `make faults` lets them happen and prints a table."""
