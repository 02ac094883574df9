"""Flexbe landing pages: forms and carts."""
