"""Retrieval: song spaces, and how a history becomes a ranking of songs."""
