"""WhatsApp: what clients write to a number of WhatsApp's Cloud API."""
