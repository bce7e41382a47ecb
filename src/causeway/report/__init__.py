"""The pages and tables that show what a run found, at what cost, and with which software."""
