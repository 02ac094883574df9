"""Behaves like retailCRM's API v5, as far as public sources tell."""
