"""retailCRM (abroad: Simla.com), API v5."""
