"""The door without any provider's particulars."""
