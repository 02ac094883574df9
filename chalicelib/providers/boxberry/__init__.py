"""Boxberry courier: statuses of parcels, asked for."""
