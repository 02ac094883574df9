"""What Leadkeeper is measured by."""
