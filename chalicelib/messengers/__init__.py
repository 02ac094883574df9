"""Answers to clients in their messengers."""
