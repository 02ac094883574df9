"""Zadarma and Novofon 1.0 telephony: missed and answered calls."""
