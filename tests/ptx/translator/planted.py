"""Copies of kernels with a fault planted on purpose: tests must fail with them."""


def copies(text):
    """(name of the fault, PTX of the changed kernel)."""
    return []
