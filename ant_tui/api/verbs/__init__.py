"""What people ask of a scheduler, one module per group of verbs: requests in, events recorded, documents out."""
