"""Reading of published screens, block by block of cells."""
