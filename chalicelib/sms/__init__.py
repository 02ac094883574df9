"""Text messages to clients, behind one port."""
