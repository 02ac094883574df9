"""Stock pushed by 1C or any program of the shop's: lists of offer, store and quantity."""
