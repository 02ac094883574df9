"""The journal for people: entries are found, and told in words."""
