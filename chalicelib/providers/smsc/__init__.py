"""SMSC: receipts of our text messages."""
