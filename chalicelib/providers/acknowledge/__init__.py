"""Our own alerts, whose reader says that they take care."""
