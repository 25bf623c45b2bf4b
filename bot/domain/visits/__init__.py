"""Households that a member keeps in touch with: who is seen next and what for, and who may know what of whom."""
