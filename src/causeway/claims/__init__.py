"""Claims as data: what a paper says, and how a run's metrics judge it.

``definition`` holds the models of ``config/claims/<system>.yaml``, ``judging`` compares them with
metrics, ``table`` is the format of the judged claims, and ``claims`` is the step that all systems
share.
"""
