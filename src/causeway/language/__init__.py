"""Language models: text, tokens, and models of sequences of tokens."""
