"""Roistat call tracking: what a caller searched for."""
