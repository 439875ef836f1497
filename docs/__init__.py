"""Makes the parts of the documents that can be made from the source: `python -m docs`."""
