"""`outcry backup` and `outcry restore`: a venue in a folder, and a venue made of it."""
