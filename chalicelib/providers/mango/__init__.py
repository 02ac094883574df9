"""Mango Office telephony: calls that nobody answered."""
