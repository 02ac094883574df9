"""The shop's production: its questions, the answers, what it promises, and what is ready."""
