"""Telegram: what clients write to a bot, or to a business account with one."""
