"""Yandex Delivery: parcels to pickup points and doors, and express couriers."""
