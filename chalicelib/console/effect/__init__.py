"""The page Effect: what it brings that nothing is lost, in figures of the books, each with its definition."""
