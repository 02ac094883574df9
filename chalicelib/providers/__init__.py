"""Third parties that call us, one folder each. ``docs/adding-a-provider.md`` says how to add one."""
