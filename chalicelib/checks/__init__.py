"""Scheduled checks: they read, and say what is so. What is to be done about it is the playbook's business."""
