"""Leadkeeper: every event that reached us becomes exactly one right action in the CRM."""

__version__ = "0.1.0"
