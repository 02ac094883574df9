"""The shop's own production: questions, comments, promised dates and what is ready, signed."""
