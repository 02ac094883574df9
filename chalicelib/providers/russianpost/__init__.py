"""Russian Post: operations on parcels, asked for by tickets."""
