"""Ways to tell responsible people about trouble, behind one port."""
