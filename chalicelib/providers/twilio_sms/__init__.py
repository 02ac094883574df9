"""Twilio Messaging: receipts of our text messages, and what clients write."""
