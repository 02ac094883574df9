"""SMS.ru: receipts of our text messages."""
