"""Elementor Pro: forms of WordPress sites."""
