"""How long things take, as ratios to a named baseline: ``python -m bench [repeats] [part …]``.

Parts: parse, extract, engine, trend, charts, pictures, runs.
"""
