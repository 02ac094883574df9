"""Tilda landing pages: forms and carts."""
