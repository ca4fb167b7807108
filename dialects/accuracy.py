"""How far results of elementwise ops may be from exact ones, in units of the last place.

A unit of the last place (ulp) is the distance of the two numbers of the dtype around the exact
result, and at least its smallest subnormal number. Infinities, NaN, zeros and their signs are as in
the op's reference. `python -m benchmarks.accuracy` measures these errors.
"""
