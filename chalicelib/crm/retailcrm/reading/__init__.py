"""What we read from retailCRM, one file a kind of thing."""
