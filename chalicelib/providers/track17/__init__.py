"""17TRACK: parcels of many couriers, told by signed webhooks."""
