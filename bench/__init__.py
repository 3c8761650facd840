"""How long things take, as ratios to a named baseline: ``python -m bench [repeats] [part …]``; parts: parse, engine, trend, charts, runs."""
