"""Any form: a table in the shop file says what its fields mean."""
