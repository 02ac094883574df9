"""The shop's profit formula: counted from the CRM, entered by people, compared between two periods."""
