"""The shop's hosted CRM, behind one port."""
