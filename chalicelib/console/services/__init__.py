"""What the pages about services show: pure functions from what is kept to what is to be seen."""
