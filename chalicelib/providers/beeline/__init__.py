"""Beeline's cloud PBX: calls that were missed or answered."""
