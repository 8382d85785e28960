"""Serving: the exported model in its archive, predictions from it, and its endpoint."""
