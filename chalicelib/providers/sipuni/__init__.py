"""Sipuni telephony: calls that were missed or answered."""
