"""Who gets what: working hours, absence, duty, rules by place and product, turns, and the CRM's users."""
