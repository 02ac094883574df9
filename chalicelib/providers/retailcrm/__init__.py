"""retailCRM, whose triggers and buttons tell of an order's status or want a message sent."""
