"""ApiShip, which passes on the statuses of many couriers' parcels."""
