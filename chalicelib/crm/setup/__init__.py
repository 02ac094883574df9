"""What a shop needs of its CRM account, what of it is there, and what is to be done."""
