"""UIS, CoMagic, CallGear and Novofon 2.0 telephony: missed and answered calls, recordings, keywords."""
