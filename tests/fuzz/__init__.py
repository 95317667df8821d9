"""Fuzzers: each makes one hostile input from a random source, and raises where the product does not stand it.

Run one for a while: `python -m tests.fuzz.fuzz_plan --seconds 600 --seed 1`. A finding says how to make its input
again. The suite runs each with a few inputs.
"""
