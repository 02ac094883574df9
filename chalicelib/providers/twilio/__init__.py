"""Twilio Voice telephony: missed and answered calls, recordings."""
