"""Evaluation: metrics, baselines, and how certain the numbers are."""
