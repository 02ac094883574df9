"""CDEK courier: statuses of parcels."""
