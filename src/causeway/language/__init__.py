"""Language models: diffusion over text, features, structure, and laws of scaling."""
