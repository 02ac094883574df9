"""Callibri call tracking: asked for calls and what their callers searched for."""
