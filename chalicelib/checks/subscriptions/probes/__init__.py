"""What asks the world when something ends, or how much money is left: one short file each."""
