"""How the adapter of the embedded model is trained, converted and evaluated. See README.md."""
