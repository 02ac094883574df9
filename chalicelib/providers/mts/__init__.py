"""MTS VPBX telephony: asked for its calls."""
