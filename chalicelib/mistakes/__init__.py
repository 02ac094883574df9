"""Mistake-proofing: what an order must have in each status, and what a step broke."""
