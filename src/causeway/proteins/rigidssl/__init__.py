"""RigidSSL: rigidity-aware geometric pretraining for protein design (arXiv:2603.02406).

A backbone of L residues is L rigid bodies. Two views of a protein are joined by a path in
SE(3)^L, and an invariant-point-attention trunk learns the velocity along it in both directions.
This package covers Phase I, in which the second view is the first one with noise on every frame.
"""
