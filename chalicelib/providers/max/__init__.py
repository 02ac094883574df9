"""MAX: what clients write to a bot."""
