"""MoySklad: the shop's stock, told by webhooks that say only that something changed."""
