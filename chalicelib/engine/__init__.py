"""Queues, journal and documents: the same four protocols on one machine and on AWS."""
