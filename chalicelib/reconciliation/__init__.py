"""What we accepted, compared with what is in the CRM: each order, task, note and status that we made."""
