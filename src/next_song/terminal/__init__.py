"""Terminal: what a run prints when it ends."""
