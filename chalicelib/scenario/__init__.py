"""The shop's order scenario: its statuses, the steps between them, and what each status requires."""
