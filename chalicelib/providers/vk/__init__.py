"""VK: what clients write to a community, and its lead forms."""
