"""What the page of the profit formula shows, made of statements. Pure."""
