"""What lies in the shop's stores: our memory of it, and where the nearest goods are."""
