"""The client's local time: where they are, and when they may be written to or called."""
