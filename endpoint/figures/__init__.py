"""Charts and maps as SVG: pure functions from plain values to markup, without a store.

`bar_chart`, `line_chart`, `slope_chart`, `timeline`, `goal_chart` and `point_map` return an
`<svg>`; `figure_frame` puts it into a `<figure>` with its caption and the table that it draws.
"""
