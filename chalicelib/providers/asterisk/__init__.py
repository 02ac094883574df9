"""Asterisk, FreePBX or any PBX of the shop's own: calls in a form that we define, signed by the PBX."""
