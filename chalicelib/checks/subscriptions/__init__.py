"""Services and licences that the shop pays for: when they end, and who is told in time."""
