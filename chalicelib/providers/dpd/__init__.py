"""DPD in Russia: states of parcels, asked for."""
