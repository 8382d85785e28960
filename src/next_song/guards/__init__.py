"""What guards a run: its configuration, its folder, what it reads, and how it ends."""
