"""Evaluation: metrics, scorecards, baselines and confidence intervals."""
