"""Every provider passes the one contract suite in ``contract.py``; its own tests follow it."""
