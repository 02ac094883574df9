"""Calltouch call tracking: what a caller searched for."""
