"""5Post (X5) parcel lockers and shops: statuses of parcels, asked for."""
