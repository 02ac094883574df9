"""What runs Leadkeeper on AWS: templates, packaging, deployment."""
