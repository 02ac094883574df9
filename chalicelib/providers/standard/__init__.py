"""Standard Webhooks: leads that the shop's own programmer posts, signed."""
