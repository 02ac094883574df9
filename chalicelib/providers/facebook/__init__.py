"""Facebook and Instagram: lead forms of advertisements."""
