"""Leadkeeper on one machine: HTTP server, workers and command line around the same handlers as on AWS."""
